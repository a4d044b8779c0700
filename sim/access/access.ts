import { randomBytes } from 'node:crypto'
import type { AccessQuestion, User } from '../../src/model/identity.ts'
import { serviceAccount, Tokens } from './authenticate.ts'
import { installedRoles } from './installed.ts'
import { accessRulesOf, type RbacObject } from './roles.ts'
import { type AccessRule, allows, CLUSTER_RULES } from './rules.ts'

/** Who is known in the cluster and what they may do. Apiserver and kubelets ask it. */
export class Access {
  readonly tokens = new Tokens()
  readonly serverToken: string
  readonly hpaToken: string
  readonly #rules: AccessRule[] = [...CLUSTER_RULES]

  constructor() {
    this.install(installedRoles())
    this.serverToken = this.newToken(serviceAccount('kube-system', 'metrics-server'))
    this.hpaToken = this.newToken(serviceAccount('kube-system', 'horizontal-pod-autoscaler'))
  }

  /** A new token of that user. */
  newToken(owner: User): string {
    const token = randomBytes(24).toString('base64url')
    this.tokens.add(token, owner)
    return token
  }

  /** Roles and bindings in the place of those that the metrics server was installed with. */
  install(objects: readonly RbacObject[]): void {
    const rest = this.#rules.filter((rule) => rule.installed !== true)
    const installed = accessRulesOf(objects).map((rule) => ({ ...rule, installed: true }))
    this.#rules.splice(0, this.#rules.length, ...rest, ...installed)
  }

  grant(rule: AccessRule): void {
    this.#rules.push(rule)
  }

  /** Takes all rules away from a user or group that name it among others; the others keep theirs. */
  revoke(subject: string): void {
    const rest = this.#rules.map((r) => ({ ...r, subjects: r.subjects.filter((s) => s !== subject) }))
    this.#rules.splice(0, this.#rules.length, ...rest)
  }

  /** Takes one right from a user or group, in all rules that name it; the others of those rules keep it. */
  deny(subject: string, verb: string, what: string): void {
    const split = this.#rules.flatMap((rule) => {
      if (!rule.subjects.includes(subject) || !rule.what.includes(what) || !rule.verbs.includes(verb)) return [rule]
      return [
        { ...rule, subjects: rule.subjects.filter((s) => s !== subject) },
        { ...rule, subjects: [subject], what: rule.what.filter((w) => w !== what) },
        { ...rule, subjects: [subject], what: [what], verbs: rule.verbs.filter((v) => v !== verb) },
      ]
    })
    this.#rules.splice(0, this.#rules.length, ...split)
  }

  allows(who: User, question: AccessQuestion): boolean {
    return allows(this.#rules, who, question)
  }
}
