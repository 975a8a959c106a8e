import { describeFollowing } from './follow-suite.ts';

await describeFollowing({ kind: 'system', key: 'RecFormat', formats: ['mkv', 'mp4', 'flv', 'ts'] });
