import { readdirSync, readFileSync } from 'node:fs'
import type { V1APIServiceSpec, V1Container, V1DeploymentSpec } from '@kubernetes/client-node'
import { load } from 'js-yaml'
import { find, type Manifest } from '../support/manifests.ts'
import { CHART } from './helm.ts'

/** The value files that the chart is tried with: "tls-helm-values.yaml". */
export const VALUE_FILES: readonly string[] = readdirSync(`${CHART}/ci`)

export const valuesIn = (file: string) => load(readFileSync(`${CHART}/ci/${file}`, 'utf8')) as Record<string, unknown>

/** The spec of the one Deployment. */
export function deploymentIn(manifests: readonly Manifest[]): V1DeploymentSpec {
  const [deployment, ...others] = manifests.filter((m) => m.kind === 'Deployment')
  if (deployment === undefined || others.length > 0) throw new Error('there is not one Deployment')
  return deployment.spec as V1DeploymentSpec
}

export const containersIn = (manifests: readonly Manifest[]): readonly V1Container[] =>
  deploymentIn(manifests).template.spec?.containers ?? []

/** Of the server's container. */
export const argsIn = (manifests: readonly Manifest[]): readonly string[] => containersIn(manifests)[0]?.args ?? []

export const apiServiceIn = (manifests: readonly Manifest[]) =>
  find(manifests, 'APIService', 'v1beta1.metrics.k8s.io').spec as V1APIServiceSpec
