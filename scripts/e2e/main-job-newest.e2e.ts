import { describeMainJob } from './main-job-suite.ts';

await describeMainJob('newest', 'hybrid_mp4');
