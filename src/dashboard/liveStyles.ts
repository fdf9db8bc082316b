/** Rules of what the live pages have besides the report's. */
export const liveStyles = `
#live { margin-bottom: 16px; }
#live-progress, .live-bar { display: block; width: 100%; height: 6px; border: 0; border-radius: 3px; overflow: hidden; background: var(--line); appearance: none; margin: 2px 0 12px; }
#live-progress::-webkit-progress-bar, .live-bar::-webkit-progress-bar { background: var(--line); }
#live-progress::-webkit-progress-value, .live-bar::-webkit-progress-value { background: var(--accent); }
#live-progress::-moz-progress-bar, .live-bar::-moz-progress-bar { background: var(--accent); }
.live-columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(240px, 100%), 1fr)); gap: 4px 28px; }
.live-columns h3 { margin-top: 4px; }
.live-columns li { font-size: 13px; font-variant-numeric: tabular-nums; padding: 1.5px 0; overflow-wrap: anywhere; }
.live-columns li b { font-weight: 600; } .live-columns li span { color: var(--muted); }
#live-failures li { color: var(--bad); max-height: 6em; overflow-y: auto; }
#live h3 { overflow-wrap: anywhere; } #live h3 a { color: var(--accent); }
#live a.quiet { text-decoration: none; }
#live-new { font-size: 13px; }
#live-fault { color: var(--bad); } #live-fault:empty { display: none; }
#studies { overflow-x: auto; }
.compare-studies { justify-content: flex-end; min-height: 32px; } .compare-studies a.quiet { text-decoration: none; }
.studies input { width: 16px; height: 16px; accent-color: var(--accent); }
.studies { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.studies th { text-align: left; font-weight: 600; font-size: 12.5px; color: var(--muted); padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
.studies td { padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.studies a { color: var(--accent); font-weight: 600; }
.studies .number { text-align: right; white-space: nowrap; }
`;
