import type { AddressType } from '../../model/cluster-objects.ts'
import type { Clock } from '../../model/clock.ts'
import type { IpFamily } from './addresses.ts'
import type { Buffers } from './buffers.ts'
import type { Decoders } from '../decode/decoders.ts'
import type { SummaryRight } from './metrics-source.ts'
import type { TlsSettings } from './tls-settings.ts'

/** What all nodes' clients share, defaults filled in. */
export interface KubeletClientSettings {
  readonly port: number
  readonly useNodeStatusPort: boolean
  readonly preferredAddressTypes: readonly AddressType[]
  readonly ipFamilies: ReadonlySet<IpFamily>
  readonly source: 'auto' | 'summary' | 'resource'
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  readonly clock: Clock
  readonly buffers: Buffers
  readonly decoders: Decoders
  readonly summaryRight: SummaryRight
  /** Those of now: connections made with others are replaced. `undefined`: plain HTTP. */
  tls(): TlsSettings | undefined
  /** The whole Authorization header of now. */
  authorization(): Promise<string | undefined>
}
