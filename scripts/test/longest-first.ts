import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole-system tests by how long they take, the longest first; what is not named comes after them. */
const longest = [
  'object-storage-kills',
  'follow-property',
  'follow-newest',
  'follow-system',
  'object-storage-link',
  'dock-use',
  'kills-newest',
  'kills-system',
  'simulated-answers',
  'object-storage',
  'simulated-recordings',
  'rig',
  'demo',
  'obs-contract',
  'receiver-faults',
].map((name) => `${name}.e2e.ts`);

/** What takes longest starts first, so that the end is not one file alone. Vitest knows that by itself only where it ran before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longest.indexOf(path.basename(moduleId));
      return index === -1 ? longest.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
