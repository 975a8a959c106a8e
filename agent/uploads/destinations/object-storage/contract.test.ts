import { destinationContract } from '../destination-contract-fixture.ts';
import { startMemoryWorld, storageKind } from './storage-world-fixture.ts';

destinationContract('Object Storage, on a store in memory', storageKind(startMemoryWorld));
