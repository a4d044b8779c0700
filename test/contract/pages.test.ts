import { expect, it } from 'vitest'
import { contract } from './support/contract.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

contract('the pages', ({ ask, asAdmin }) => {
  it.each(['/statusz', '/flagz'])('%s is text for curl, and HTML for a browser', async (path) => {
    const text = await asAdmin(path, { accept: '*/*' })
    expect(text).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } })
    expect(text.text).toContain(`metrics-server ${path.slice(1)}\n`)
    const page = await asAdmin(path, { accept: BROWSER })
    expect(page).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'sha256-"),
      },
    })
    expect(page.text).toContain(`<title>metrics-server ${path.slice(1)}</title>`)
  })

  it.each(['/statusz', '/flagz'])('%s is for those who may get that path', async (path) => {
    const refused = await ask({ path, as: 'viewer', headers: { accept: BROWSER } })
    expect(refused.status).toBe(403)
    expect(refused.json.message).toBe(`forbidden: User "viewer" cannot get path "${path}"`)
    expect((await ask({ path })).status).toBe(403)
  })

  it('have the structured forms of Kubernetes', async () => {
    const accept = (kind: string, version: string) => ({
      accept: `application/json;as=${kind};v=${version};g=config.k8s.io`,
    })
    const status = await asAdmin('/statusz', accept('Statusz', 'v1beta1'))
    expect(status.headers['content-type']).toBe('application/json')
    expect(status.headers.warning).toBeUndefined()
    expect(status.json).toEqual({
      kind: 'Statusz',
      apiVersion: 'config.k8s.io/v1beta1',
      metadata: { name: 'metrics-server' },
      startTime: '1970-01-01T00:00:00Z',
      uptimeSeconds: expect.any(Number),
      goVersion: 'node',
      binaryVersion: '0.1.0',
      paths: ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version'],
    })
    const flags = await asAdmin('/flagz', accept('Flagz', 'v1alpha1'))
    expect(flags.json).toMatchObject({ kind: 'Flagz', apiVersion: 'config.k8s.io/v1alpha1', flags: {} })
    expect(flags.headers.warning).toBe(
      '299 - "This version of the flagz endpoint is deprecated. Please use a newer version."',
    )
    const yaml = await asAdmin('/flagz', { accept: 'application/yaml;as=Flagz;v=v1beta1;g=config.k8s.io' })
    expect(yaml.text).toBe(
      'apiVersion: config.k8s.io/v1beta1\nflags: {}\nkind: Flagz\nmetadata:\n  name: metrics-server\n',
    )
  })

  it('refuse other forms', async () => {
    const { status, json } = await asAdmin('/statusz', { accept: 'application/json' })
    expect(status).toBe(406)
    expect(json.message).toBe(
      'only the following media types are accepted: application/json, application/yaml, text/plain, text/html',
    )
  })

  it('are on the list of paths', async () => {
    const { json } = await asAdmin('/')
    expect(json.paths).toEqual(expect.arrayContaining(['/flagz', '/statusz']))
  })
})
