import { describe, expect, it } from 'vitest'
import { proxyFromEnvironment, proxyProblem } from '../../../src/cluster/credentials/proxy.ts'

const SERVER = new URL('https://api.corp.example:6443')
const PROXY = 'http://proxy.corp:3128'

const chosen = (server: string, noProxy: string, env: Record<string, string> = { HTTPS_PROXY: PROXY }) =>
  proxyFromEnvironment(new URL(server), { ...env, NO_PROXY: noProxy })?.url?.href

describe('the proxy of the environment', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['HTTPS_PROXY', { HTTPS_PROXY: PROXY }, `${PROXY}/`],
    ['https_proxy', { https_proxy: PROXY }, `${PROXY}/`],
    ['the name in capitals before the other', { HTTPS_PROXY: PROXY, https_proxy: 'http://other' }, `${PROXY}/`],
    ['the other when that in capitals is empty', { HTTPS_PROXY: '', https_proxy: PROXY }, `${PROXY}/`],
    ['an https proxy', { HTTPS_PROXY: 'https://p:8443' }, 'https://p:8443/'],
    ['a SOCKS5 proxy', { HTTPS_PROXY: 'socks5://p:1080' }, 'socks5://p:1080'],
    ['a host without a scheme', { HTTPS_PROXY: 'proxy.corp:3128' }, `${PROXY}/`],
    ['an address without a scheme', { HTTPS_PROXY: '10.0.0.9:3128' }, 'http://10.0.0.9:3128/'],
    ['none', {}, undefined],
    ['that for http', { HTTP_PROXY: PROXY, ALL_PROXY: PROXY }, undefined],
  ])('is %s', (_, env, url) => {
    expect(proxyFromEnvironment(SERVER, env)?.url?.href).toBe(url)
  })

  it('for an http server is HTTP_PROXY', () => {
    const env = { HTTP_PROXY: PROXY, HTTPS_PROXY: 'http://other' }
    expect(proxyFromEnvironment(new URL('http://api.corp.example'), env)?.url?.href).toBe(`${PROXY}/`)
  })

  // The table of golang.org/x/net/http/httpproxy's tests, as far as it applies, and more of its kinds.
  it.each<[string, string, boolean]>([
    ['https://api.corp.example:6443', '', true],
    ['https://api.corp.example:6443', '*', false],
    ['https://api.corp.example:6443', 'other, *', false],
    ['https://api.corp.example:6443', 'api.corp.example', false],
    ['https://api.corp.example:6443', 'API.corp.EXAMPLE', false],
    ['https://api.corp.example:6443', 'corp.example', false],
    ['https://api.corp.example:6443', ' corp.example ,x', false],
    ['https://api.corp.example:6443', '.corp.example', false],
    ['https://api.corp.example:6443', '*.corp.example', false],
    ['https://corp.example:6443', 'corp.example', false],
    ['https://corp.example:6443', '.corp.example', true],
    ['https://corp.example:6443', '*.corp.example', true],
    ['https://xcorp.example:6443', 'corp.example', true],
    ['https://api.corp.example:6443', 'example.org', true],
    ['https://api.corp.example:6443', 'corp.example:6443', false],
    ['https://api.corp.example:6443', 'corp.example:443', true],
    ['https://api.corp.example', 'corp.example:443', false],
    ['https://api.corp.example:6443', ':6443', true],
    ['https://api.corp.example:6443', 'corp.example other.example', true],
    ['https://10.1.2.3:6443', '10.1.2.3', false],
    ['https://10.1.2.3:6443', '10.1.2.3:6443', false],
    ['https://10.1.2.3:6443', '10.1.2.3:443', true],
    ['https://10.1.2.3:6443', '10.0.0.0/8', false],
    ['https://10.1.2.3:6443', '10.1.2.0/24', false],
    ['https://10.1.2.3:6443', '10.1.3.0/24', true],
    ['https://10.1.2.3:6443', '10.1.2.3/33', true],
    ['https://10.1.2.3:6443', '0.0.0.0/0', false],
    ['https://10.1.2.3:6443', '.2.3', false],
    ['https://10.1.2.3:6443', '::ffff:10.1.2.3', false],
    ['https://[2001:db8::1]:6443', '2001:db8::1', false],
    ['https://[2001:db8::1]:6443', '2001:DB8:0::1', false],
    ['https://[2001:db8::1]:6443', '[2001:db8::1]:6443', false],
    ['https://[2001:db8::1]:6443', '[2001:db8::1]:443', true],
    ['https://[2001:db8::1]:6443', '2001:db8::/32', false],
    ['https://[2001:db8::1]:6443', '10.0.0.0/8', true],
    ['https://api.corp.example:6443', '10.0.0.0/8', true],
    ['https://localhost:6443', '', false],
    ['https://127.0.0.1:6443', '', false],
    ['https://127.8.9.10:6443', '', false],
    ['https://[::1]:6443', '', false],
    ['https://localhost.corp.example:6443', '', true],
  ])('for %s with NO_PROXY=%s: %s', (server, noProxy, proxied) => {
    expect(chosen(server, noProxy)).toBe(proxied ? `${PROXY}/` : undefined)
  })

  it.each([
    'https://kubernetes.default.svc',
    'https://kubernetes.default',
    'https://kubernetes.default.svc.cluster.local',
    'https://10.96.0.1:443',
  ])('is not for %s, which is inside of the cluster', (server) => {
    const env = { HTTPS_PROXY: PROXY, KUBERNETES_SERVICE_HOST: '10.96.0.1' }
    expect(proxyFromEnvironment(new URL(server), env)).toBeUndefined()
  })

  it.each([
    ['http://[', /no URL/],
    ['http://a b', /no URL/],
    ['socks4://p:1080', /scheme socks4 are not supported: it must be http, https or socks5/],
    ['ftp://secret:word@p', /scheme ftp/],
  ])('%s cannot be used', (value, problem) => {
    expect(proxyProblem(proxyFromEnvironment(SERVER, { HTTPS_PROXY: value })?.url ?? null)).toMatch(problem)
  })
})
