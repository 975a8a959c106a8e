/** The clients of Object Storage: one for what the settings say now, others for what lies where they said before. */
// Tests: object-storage.test.ts
import { StreamAIError } from '../../../../shared/errors.ts';
import type { Settings } from '../../../../shared/settings.ts';
import type { ProxyFinder } from '../connect.ts';
import type { Multipart } from './journal.ts';
import { bucketUrl } from './s3/bucket-address.ts';
import { S3Client, type StorageAccount } from './s3/client.ts';

export type AccountSettings = Pick<
  Settings,
  'objectStorageEndpoint' | 'objectStorageBucket' | 'objectStorageAccessKey' | 'objectStorageSecretKey'
> &
  Partial<Pick<Settings, 'objectStorageAddressing' | 'objectStorageRegion'>>;
type Place = Pick<Multipart, 'endpoint' | 'bucket'>;

export class Clients {
  readonly #settings: () => AccountSettings;
  readonly #proxyFor: ProxyFinder;
  readonly #byAccount = new Map<string, S3Client>();

  /**
   * @param settings read at each use, so that changes apply at once
   * @param proxyFor which proxy the way to a store leads through
   */
  constructor(settings: () => AccountSettings, proxyFor: ProxyFinder) {
    this.#settings = settings;
    this.#proxyFor = proxyFor;
  }

  /** Where the bucket is that is set; null: not everything is set. */
  address(): string | null {
    const account = this.#account();
    return account === null ? null : bucketUrl(account, '', account.addressing).href;
  }

  /** host:port of the proxy on the way there; null: none. */
  proxy(): string | null {
    const account = this.#account();
    return account === null ? null : (this.#proxyFor(bucketUrl(account))?.name ?? null);
  }

  /** For what is set now. @throws StreamAIError destination_not_configured */
  current(): S3Client {
    const account = this.#account();
    if (account === null) throw new StreamAIError('destination_not_configured', { destination: 'object-storage' });
    return this.#client(account);
  }

  /** For the store and bucket where something lies, with the keys that are set now; null while there are none. */
  at({ endpoint, bucket }: Place): S3Client | null {
    const account = this.#account();
    return account === null ? null : this.#client({ ...account, endpoint, bucket });
  }

  /** Drops every connection of all of them. */
  async drop(): Promise<void> {
    await Promise.all([...this.#byAccount.values()].map((client) => client.drop()));
  }

  #account(): StorageAccount | null {
    const settings = this.#settings();
    const { objectStorageEndpoint: endpoint, objectStorageBucket: bucket } = settings;
    const { objectStorageAccessKey: accessKey, objectStorageSecretKey: secretKey } = settings;
    if (!(endpoint && bucket && accessKey && secretKey)) return null;
    const { objectStorageAddressing: addressing = 'auto', objectStorageRegion: region = null } = settings;
    return { endpoint, bucket, accessKey, secretKey, addressing, ...(region !== null && { region }) };
  }

  #client(account: StorageAccount): S3Client {
    const name = JSON.stringify([
      ...[account.endpoint, account.bucket, account.accessKey, account.secretKey],
      ...[account.addressing, account.region],
    ]);
    const known = this.#byAccount.get(name);
    if (known !== undefined) return known;
    const client = new S3Client(account, this.#proxyFor);
    this.#byAccount.set(name, client);
    return client;
  }
}
