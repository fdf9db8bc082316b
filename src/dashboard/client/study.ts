import type { LiveStatus } from '../LiveStatus.js';
import { createFollower } from './follower.js';
import { startLivePage } from './livePage.js';
import { drawLive } from './livePanel.js';

startLivePage((redraw) =>
  createFollower<LiveStatus>(redraw, 'status', (status) => {
    drawLive(status);
    return JSON.stringify(status.counts);
  }),
);
