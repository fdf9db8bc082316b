import type { LiveStatus } from '../LiveStatus.js';
import { createFollower } from './follower.js';
import { startLivePage } from './livePage.js';
import { drawSeveral } from './severalPanel.js';

startLivePage((redraw) =>
  createFollower<readonly LiveStatus[]>(redraw, 'several', (studies) => {
    drawSeveral(studies);
    return JSON.stringify(studies.map(({ counts }) => counts));
  }),
);
