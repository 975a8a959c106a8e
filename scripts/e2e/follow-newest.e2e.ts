import { describeFollowing } from './follow-suite.ts';

await describeFollowing({
  kind: 'newest',
  key: 'RecFormat2',
  formats: ['hybrid_mp4', 'fragmented_mp4', 'mkv', 'hybrid_mov'],
});
