/** The details panel, the drawn architecture and the table of trials. */
export const parts = `
#details .head { margin-bottom: 4px; align-items: center; }
#details h2:focus { outline: none; }
.empty { color: var(--muted); padding: 60px 20px; text-align: center; }
.badge { display: inline-flex; align-items: center; gap: 5px; font-size: 12px; color: var(--muted); }
.big { font-size: 27px; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; line-height: 1.25; }
.big small { font-size: 13px; font-weight: 400; letter-spacing: 0; color: var(--muted); margin-left: 8px; }
.reason { background: var(--bad-soft); color: var(--bad); border-radius: 8px; padding: 7px 10px; margin: 8px 0; font-size: 13px; overflow-wrap: anywhere; max-height: 9em; overflow-y: auto; }
.promoted-line { display: flex; gap: 6px; align-items: center; color: var(--promoted); font-size: 13px; margin: 4px 0; }
.costs { width: 100%; border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; }
.costs th { text-align: left; font-weight: 400; color: var(--muted); padding: 3px 0; }
.costs td, .costs th { vertical-align: middle; }
.costs td { text-align: right; padding: 3px 0 3px 10px; white-space: nowrap; }
.costs .share { font-size: 12px; color: var(--muted); width: 44%; }
.costs progress { display: block; margin-bottom: 1px; width: 100%; height: 4px; border: 0; border-radius: 2px; overflow: hidden; background: var(--line); appearance: none; }
.costs progress::-webkit-progress-bar { background: var(--line); }
.costs progress::-webkit-progress-value { background: var(--accent); border-radius: 2px; }
.costs progress::-moz-progress-bar { background: var(--accent); }
.costs progress.over::-webkit-progress-value { background: var(--bad); }
.command { display: flex; gap: 8px; align-items: stretch; margin: 10px 0 4px; }
.command code { flex: 1; min-width: 0; font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--ground); border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; white-space: pre-wrap; overflow-wrap: anywhere; }
.spark { width: 100%; max-width: 420px; display: block; font-size: 11px; }
.spark polyline { fill: none; stroke: var(--accent); stroke-width: 2; }
.spark circle { fill: var(--accent); } .spark text { fill: var(--ink); font-weight: 600; }
.spark .tick { fill: var(--muted); font-weight: 400; font-size: 10px; }
.spark .teacher { stroke: var(--teacher); stroke-dasharray: 4 4; }
.architecture { width: 100%; max-width: 440px; display: block; margin: 0 auto; font-size: 11px; font-variant-numeric: tabular-nums; }
.architecture text { fill: var(--muted); }
.architecture .frame { fill: var(--ground); stroke: var(--line); }
.architecture .block:hover .frame { stroke: var(--faint); fill: var(--hover); }
.architecture .label { fill: var(--ink); font-weight: 600; font-size: 11.8px; }
.architecture .ops { font-size: 10.5px; } .architecture .place { font-size: 10px; }
.architecture .numbers { font-size: 10.5px; }
.architecture .shape { fill: var(--ink); font-size: 11px; }
.architecture .arrow { fill: none; stroke: var(--faint); stroke-width: 1.4; }
.architecture .shrink { font-size: 10.5px; fill: var(--accent); }
.architecture .skip { fill: none; stroke: var(--faint); stroke-width: 1.4; }
.architecture .share { fill: var(--line); } .architecture .share.params { fill: var(--accent); } .architecture .share.macs { fill: var(--baseline); }
${[0, 1, 2, 3, 4, 5].map((i) => `.hue${i} { fill: var(--hue${i}); }`).join(' ')}
.shares { display: flex; gap: 14px; font-size: 11.5px; color: var(--muted); margin: -4px 0 6px; }
.shares span::before { content: ''; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 5px; vertical-align: middle; background: var(--accent); }
.shares .macs::before { background: var(--baseline); }
.pairs { margin-top: 14px; } .pairs summary { font-size: 12px; font-weight: 600; color: var(--muted); }
.pairs dl { font-size: 13px; } .pairs dl div { display: flex; justify-content: space-between; gap: 14px; padding: 2.5px 0; border-bottom: 1px solid var(--line); }
.pairs dt { font-size: 13px; overflow-wrap: anywhere; } .pairs dd { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 10px; }
.chips button { display: inline-flex; gap: 5px; align-items: center; border: 1px solid var(--line); background: var(--surface); border-radius: 99px; padding: 2px 11px 2px 7px; cursor: pointer; font-size: 12.5px; }
.chips button:hover { background: var(--hover); }
.chips button[aria-pressed='false'] { opacity: 0.5; text-decoration: line-through; }
#table { overflow-x: auto; }
.trials { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.trials th { text-align: left; border-bottom: 1px solid var(--line); padding: 0; }
.trials th button { border: 0; background: none; font-weight: 600; font-size: 12.5px; color: var(--muted); padding: 7px 10px; cursor: pointer; white-space: nowrap; width: 100%; text-align: inherit; }
.trials th button:hover { color: var(--ink); }
.trials th[aria-sort='descending'] button::after { content: ' ↓'; color: var(--accent); } .trials th[aria-sort='ascending'] button::after { content: ' ↑'; color: var(--accent); }
.trials .number { text-align: right; }
.trials td { padding: 6px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
.trials td .mark { vertical-align: -3px; margin-right: 6px; }
.trials td:last-child { color: var(--muted); max-width: 300px; overflow: hidden; text-overflow: ellipsis; }
.trials tbody tr { cursor: pointer; }
.trials tbody tr:hover { background: var(--hover); }
.trials tbody tr[aria-selected='true'] { background: var(--accent-soft); box-shadow: inset 3px 0 0 var(--accent); }
.trials tbody tr:focus-visible { outline-offset: -2px; }
.filter-line { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; }
.filter-line input { flex: 1 1 280px; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; }
.filter-line input[aria-invalid='true'] { border-color: var(--bad); }
#filter-count { color: var(--muted); font-size: 13px; font-variant-numeric: tabular-nums; }
#filter-error { color: var(--bad); font-size: 13px; margin-top: 6px; overflow-wrap: anywhere; }
#filter-error:empty { display: none; }
#brushes:empty { display: none; }
.filter-card .chips { margin: 8px 0 0; }
.chips .brushed { background: var(--accent-soft); color: var(--accent); border-color: transparent; padding-left: 11px; overflow-wrap: anywhere; text-align: left; }
#filter-help { font-size: 12.5px; color: var(--muted); margin-top: 6px; }
#filter-help code { font-size: 12px; color: var(--ink); }
.frame { position: relative; }
.frame canvas { display: block; }
.frame .crowd { position: absolute; left: 0; top: 0; pointer-events: none; }
.frame #scatter { position: relative; }
#scatter-frame[data-drag='select'] { cursor: crosshair; }
#scatter-frame.over, #scatter-frame.over * { cursor: pointer !important; }
.brush { position: absolute; pointer-events: none; border: 1px solid var(--accent); background: var(--accent); opacity: 0.16; border-radius: 2px; z-index: 2; }
.tooltip { position: absolute; left: 0; top: 0; z-index: 3; pointer-events: none; white-space: pre; background: var(--surface); color: var(--ink); border: 1px solid var(--faint); border-radius: 7px; padding: 4px 9px; font-size: 12px; line-height: 1.45; box-shadow: var(--shadow); max-width: 100%; overflow: hidden; }
.quiet[aria-pressed='true'] { background: var(--accent-soft); color: var(--accent); }
.link { border: 0; background: none; padding: 1px 4px; cursor: pointer; color: inherit; font-weight: inherit; } .link:hover { color: var(--accent); text-decoration: underline; }
#compare { overflow-x: auto; }
.compared { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
.compared th, .compared td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.compared tbody th { font-weight: 400; color: var(--muted); overflow-wrap: anywhere; min-width: min(150px, 34vw); position: sticky; left: 0; background: var(--surface); }
.compared thead th { white-space: nowrap; } .compared thead .mark { vertical-align: -3px; }
.compared .group th { font-weight: 600; font-size: 12px; padding-top: 12px; color: var(--ink); }
.compared td { overflow-wrap: break-word; min-width: 128px; }
.compared .different td, .compared .different th { background: var(--accent-soft); color: var(--ink); }
.compared .different th:first-child { padding-left: 8px; box-shadow: inset 3px 0 0 var(--accent); }
.sign { color: var(--accent); font-weight: 650; }
.bars { width: 100%; border-collapse: collapse; font-size: 13px; table-layout: fixed; }
.bars th { font-weight: 400; text-align: left; width: 44%; overflow-wrap: anywhere; line-height: 1.25; padding: 3px 10px 3px 0; }
.bars .number { width: 58px; text-align: right; font-variant-numeric: tabular-nums; color: var(--muted); }
.bars progress { display: block; width: 100%; height: 10px; border: 0; background: none; appearance: none; }
.bars progress::-webkit-progress-bar { background: none; }
.bars progress::-webkit-progress-value { background: var(--accent); border-radius: 3px; }
.bars progress::-moz-progress-bar { background: var(--accent); border-radius: 3px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.history { display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 10px; }
.history figure { margin: 0; min-width: 0; } .history figcaption { display: flex; justify-content: space-between; gap: 6px; font-size: 11.5px; color: var(--muted); } .history figcaption span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.history figcaption b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
#details .compare { margin: 4px 0 2px; }
.standings { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13.5px; }
.standings th, .standings td { text-align: left; padding: 8px 14px; border-bottom: 1px solid var(--line); vertical-align: middle; }
.standings td { white-space: nowrap; }
.standings thead th { font-size: 12px; font-weight: 400; color: var(--muted); white-space: nowrap; }
.standings tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 110px; } .standings tbody th .mark { vertical-align: -3px; } .standings tbody tr:last-child > * { border-bottom: 0; }
#standings { overflow-x: auto; margin: 22px 0 10px; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.standings .link { text-align: left; padding: 1px 0; }
.pager { display: flex; gap: 12px; align-items: center; justify-content: flex-end; color: var(--muted); font-size: 13px; padding-top: 10px; }
`;
