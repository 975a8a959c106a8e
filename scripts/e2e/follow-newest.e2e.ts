import { describeLiveUpload } from './follow-suite.ts';

await describeLiveUpload({
  kind: 'newest',
  key: 'RecFormat2',
  formats: ['hybrid_mp4', 'fragmented_mp4', 'mkv', 'hybrid_mov'],
});
