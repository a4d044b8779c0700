import { META_PREFIX, TYPE_META } from './metrics-schemas.ts'
import type { SchemaSpec } from './schema.ts'

const ATOMIC = { 'x-kubernetes-list-type': 'atomic' }

const stringProperties = (names: readonly string[], about: string): SchemaSpec['properties'] =>
  Object.fromEntries(names.map((name) => [name, ['string', `${name} of ${about}.`]]))

const meta = (kind: string) => ({ group: '', version: 'v1', kind })
const BUILD = ['major', 'minor', 'gitVersion', 'gitCommit', 'gitTreeState', 'buildDate', 'goVersion', 'compiler']
const COMPATIBILITY = ['emulationMajor', 'emulationMinor', 'minCompatibilityMajor', 'minCompatibilityMinor']

/** Schemas of the documents of discovery, and of /version. */
export const DISCOVERY_SCHEMAS: readonly (readonly [string, SchemaSpec])[] = [
  [
    `${META_PREFIX}APIGroup`,
    {
      description: 'A group of an API and its versions.',
      required: ['name', 'versions'],
      properties: {
        ...TYPE_META,
        name: ['string', 'Name of the group.'],
        preferredVersion: [`#${META_PREFIX}GroupVersionForDiscovery`, 'The version to use when any will do.'],
        serverAddressByClientCIDRs: [
          `[]#${META_PREFIX}ServerAddressByClientCIDR`,
          'Where clients of a network find the server.',
          ATOMIC,
        ],
        versions: [`[]#${META_PREFIX}GroupVersionForDiscovery`, 'The versions that are served.', ATOMIC],
      },
      gvk: meta('APIGroup'),
    },
  ],
  [
    `${META_PREFIX}APIGroupList`,
    {
      description: 'The groups that a server serves.',
      required: ['groups'],
      properties: { ...TYPE_META, groups: [`[]#${META_PREFIX}APIGroup`, 'The groups.', ATOMIC] },
      gvk: meta('APIGroupList'),
    },
  ],
  [
    `${META_PREFIX}APIResource`,
    {
      description: 'A resource and what can be done with it.',
      required: ['name', 'singularName', 'namespaced', 'kind', 'verbs'],
      properties: {
        categories: ['[]string', 'Groups of resources that this one is named with, such as all.', ATOMIC],
        group: ['string', 'Group of its objects, when another than that of the list.'],
        kind: ['string', 'Kind of its objects.'],
        name: ['string', 'Name of the resource, in the plural.'],
        namespaced: ['boolean', 'Whether its objects are in namespaces.'],
        shortNames: ['[]string', 'Shorter names for it.', ATOMIC],
        singularName: ['string', 'Name of one object.'],
        storageVersionHash: ['string', 'Hash of the version that is stored.'],
        verbs: ['[]string', 'What can be done with it, such as get and list.'],
        version: ['string', 'Version of its objects, when another than that of the list.'],
      },
    },
  ],
  [
    `${META_PREFIX}APIResourceList`,
    {
      description: 'The resources of a version of a group.',
      required: ['groupVersion', 'resources'],
      properties: {
        ...TYPE_META,
        groupVersion: ['string', 'Group and version of the resources.'],
        resources: [`[]#${META_PREFIX}APIResource`, 'The resources.', ATOMIC],
      },
      gvk: meta('APIResourceList'),
    },
  ],
  [
    `${META_PREFIX}GroupVersionForDiscovery`,
    {
      description: 'A version of a group.',
      required: ['groupVersion', 'version'],
      properties: {
        groupVersion: ['string', 'Group and version, as group/version.'],
        version: ['string', 'The version alone.'],
      },
    },
  ],
  [
    `${META_PREFIX}ServerAddressByClientCIDR`,
    {
      description: 'Where clients of a network find the server.',
      required: ['clientCIDR', 'serverAddress'],
      properties: {
        clientCIDR: ['string', 'The network.'],
        serverAddress: ['string', 'Host or address, and port.'],
      },
    },
  ],
  [
    'io.k8s.apimachinery.pkg.version.Info',
    {
      description: 'Which build of the server this is.',
      required: [...BUILD, 'platform'],
      properties: { ...stringProperties([...BUILD, 'platform', ...COMPATIBILITY].sort(), 'the build') },
    },
  ],
]
