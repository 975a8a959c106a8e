import { describeLiveUpload } from './follow-suite.ts';

await describeLiveUpload({ kind: 'system', key: 'RecFormat', formats: ['mkv', 'mp4', 'flv', 'ts'] });
