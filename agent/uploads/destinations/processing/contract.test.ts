import { destinationContract } from '../destination-contract-fixture.ts';
import { serverKinds } from './server-world-fixture.ts';

for (const [name, kind] of serverKinds) destinationContract(name, kind);
