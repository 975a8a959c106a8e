import { describeRecordingFiles } from './recording-files-suite.ts';

await describeRecordingFiles('newest', 'hybrid_mp4');
