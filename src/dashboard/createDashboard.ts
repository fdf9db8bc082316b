import { Hono, type Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { NasDistillError, messageOf } from '../core/errors.js';
import { packReport } from '../reports/packReport.js';
import type { Page } from '../reports/renderPage.js';
import type { TrialStore } from '../store/types.js';
import { hostOf } from './allowedHosts.js';
import { Feeds, type PushedEvent } from './Feeds.js';
import { listStudies } from './listStudies.js';
import { comparisonPage, createReportCache, indexPage, studyPage } from './pages.js';
import { mostStudies } from '../reports/writeReport.js';
import { readStatus } from './readStatus.js';
import type { Reader } from './Subscribers.js';

/** Streams open at a time; a browser holds six to a server at most. */
const mostStreams = 64;
/** A comment this often keeps a quiet stream open, and shows when its reader is gone. */
const aliveMs = 15_000;

export interface DashboardOptions {
  /** Opened read-only. */
  readonly store: TrialStore;
  readonly hosts: ReadonlySet<string>;
  /** Where the promoted students lie whose mistakes are shown; without it none are. */
  readonly resultsDir?: string;
  /** Milliseconds between two looks at what is watched. */
  readonly pauseMs?: number;
  /** Hears of requests that failed by no fault of theirs. */
  readonly onFault?: (message: string) => void;
}

/**
 * The pages and streams, over a store that it only reads. A request names a study, and the name is only ever looked up
 * in the store; no request reaches a path. Whoever calls by a foreign host name, or by another method than GET, is
 * refused before anything else happens.
 */
export function createDashboard({ store, hosts, resultsDir, pauseMs = 500, onFault }: DashboardOptions): {
  readonly app: Hono;
  close(): void;
} {
  const feeds = new Feeds(store, pauseMs);
  const reportOf = createReportCache(store, resultsDir === undefined ? {} : { resultsDir });
  const app = new Hono();
  app.use(async (c, next) => {
    const host = hostOf(c.req.header('host'));
    if (host === null || !hosts.has(host)) {
      return guarded(c.text('This server does not answer to that host name. Start it with --allow-host NAME.', 403));
    }
    if (c.req.method !== 'GET') return guarded(c.text('This server only answers GET.', 405, { Allow: 'GET' }));
    await next();
    guarded(c.res);
    return undefined;
  });
  app.get('/', (c) => page(c, indexPage(listStudies(store))));
  app.get('/favicon.ico', (c) => c.body(null, 204));
  app.get('/events', (c) => stream(c, feeds, () => feeds.joinIndex()));
  const compared = (answer: (c: Context, names: readonly string[]) => Response) => (c: Context) => {
    const names = [...new Set(c.req.queries('study') ?? [])];
    if (names.length === 0 || names.length > mostStudies)
      return c.text(`Name one to ${mostStudies} studies: /compare?study=A&study=B`, 400);
    return answer(c, names);
  };
  app.get(
    '/compare',
    compared((c, names) => page(c, comparisonPage(names.map(reportOf)))),
  );
  app.get(
    '/compare/data',
    compared((c, names) => c.json(names.map((name) => packReport(reportOf(name))))),
  );
  app.get(
    '/compare/events',
    compared((c, names) => stream(c, feeds, () => feeds.joinStudies(names))),
  );
  app.get('/studies/:name', (c) => page(c, studyPage(reportOf(c.req.param('name')))));
  app.get('/studies/:name/data', (c) => c.json([packReport(reportOf(c.req.param('name')))]));
  app.get('/studies/:name/status', (c) => c.json(readStatus(store, c.req.param('name'))));
  app.get('/studies/:name/events', (c) => stream(c, feeds, () => feeds.joinStudy(c.req.param('name'))));
  app.notFound((c) => c.text('There is no such page.', 404));
  app.onError((error, c) => {
    if (error instanceof NasDistillError && error.code === 'NOT_FOUND') return c.text(error.message, 404);
    onFault?.(`${c.req.method} ${c.req.path}: ${messageOf(error)}`);
    return c.text(error instanceof NasDistillError ? 'The studies cannot be read just now.' : 'This is a bug.', 500);
  });
  return { app, close: () => feeds.close() };
}

/** Headers of every answer, refusals too. */
function guarded(response: Response): Response {
  const { headers } = response;
  const policy = headers.get('content-security-policy') ?? "default-src 'none'";
  headers.set('content-security-policy', `${policy}; frame-ancestors 'none'`);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('x-frame-options', 'DENY');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cross-origin-resource-policy', 'same-origin');
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cache-control', 'no-store');
  return response;
}

function page(c: Context, { html, policy }: Page): Response {
  return c.html(html, 200, { 'content-security-policy': policy });
}

/** Server-sent events until the reader goes or the server ends. Every stream begins with the whole state. */
function stream(c: Context, feeds: Feeds, join: () => Reader<PushedEvent>): Response {
  if (feeds.readers >= mostStreams) return c.text('Too many pages watch already.', 503, { 'Retry-After': '5' });
  const reader = join();
  return streamSSE(c, async (out) => {
    out.onAbort(() => reader.leave());
    for (;;) {
      const next = await reader.next(aliveMs);
      if (next === null) return;
      if (next === undefined) await out.write(': alive\n\n');
      else await out.writeSSE({ event: next.event, data: JSON.stringify(next.data) });
    }
  });
}
