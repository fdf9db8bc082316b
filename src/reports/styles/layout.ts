/** The frame: header, cards, controls. */
export const layout = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 20px clamp(12px, 2.6vw, 36px) 40px; max-width: 1560px; background: var(--ground); color: var(--ink);
  font: 14px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
h1, h2, h3, p, ul, dl, dd { margin: 0; padding: 0; }
h1 { font-size: 15px; font-weight: 500; color: var(--muted); overflow-wrap: anywhere; }
h2 { font-size: 15px; font-weight: 650; letter-spacing: -0.005em; }
h3 { font-size: 12px; font-weight: 600; color: var(--muted); margin: 18px 0 8px; }
ul { list-style: none; }
button, select, input { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.bar { display: flex; justify-content: space-between; align-items: center; margin-bottom: 22px; }
.brand { display: inline-flex; gap: 8px; align-items: center; font-weight: 650; letter-spacing: -0.01em; }
.brand svg { width: 20px; fill: var(--accent); }
.brand path { fill: none; stroke: var(--accent); stroke-width: 1.6; }
#verdict { font-size: clamp(21px, 2.6vw, 31px); line-height: 1.22; font-weight: 650; letter-spacing: -0.022em; margin: 4px 0 8px; max-width: 30em; text-wrap: balance; overflow-wrap: anywhere; }
#verdict-details { color: var(--muted); font-size: 15px; display: flex; flex-wrap: wrap; gap: 0 10px; overflow-wrap: anywhere; }
#tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 1px; margin: 22px 0 10px; background: var(--line);
  border: 1px solid var(--line); border-radius: 12px; overflow: hidden; box-shadow: var(--shadow); }
#tiles > div { background: var(--surface); padding: 13px 16px; min-width: 0; }
dt { color: var(--muted); font-size: 12px; }
#tiles dd { font-size: 20px; font-weight: 600; letter-spacing: -0.015em; font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
#tiles dd.note { white-space: normal; overflow-wrap: anywhere; font-size: 12px; font-weight: 400; letter-spacing: 0; color: var(--muted); }
#facts { color: var(--muted); font-size: 13px; margin-bottom: 16px; }
summary { cursor: pointer; width: max-content; max-width: 100%; padding: 3px 0; }
#facts dl { display: flex; flex-wrap: wrap; gap: 8px 28px; padding: 8px 0; }
#facts dd { color: var(--ink); overflow-wrap: anywhere; }
main { display: grid; grid-template-columns: repeat(12, minmax(0, 1fr)); gap: 16px; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; box-shadow: var(--shadow); min-width: 0; grid-column: span 12; }
.head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 8px 20px; align-items: flex-start; margin-bottom: 8px; }
.sub { color: var(--muted); font-size: 13px; }
.controls { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; color: var(--muted); font-size: 13px; }
select, input[type='search'] { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 5px 9px; color: var(--ink); max-width: 100%; }
input[type='search'] { width: 270px; }
select:hover, input[type='search']:hover { border-color: var(--faint); }
.segments { display: inline-flex; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.segments button { border: 0; background: none; padding: 5px 10px; cursor: pointer; color: var(--muted); }
.segments button + button { border-left: 1px solid var(--line); }
.segments button:hover { background: var(--hover); }
.segments button[aria-pressed='true'] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
.segments button:focus-visible { outline-offset: -2px; }
.quiet { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 4px 12px; cursor: pointer; color: var(--muted); }
.quiet:hover:not(:disabled) { background: var(--hover); color: var(--ink); }
.quiet:disabled { opacity: 0.45; cursor: default; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 12.5px; color: var(--muted); }
.key { display: inline-flex; align-items: center; gap: 5px; }
.key b { font-weight: 600; color: var(--ink); font-variant-numeric: tabular-nums; }
.mark { width: 15px; height: 15px; flex: none; fill: none; stroke: none; stroke-width: 1.7; }
.mark.front { fill: var(--front); } .mark.student { fill: var(--student); } .mark.open { fill: var(--muted); } .mark.teacher { fill: var(--teacher); }
.mark.pruned { stroke: var(--pruned); } .mark.over { stroke: var(--student); } .mark.infeasible { stroke: var(--faint); stroke-dasharray: 2 2; }
.mark.hue0 { fill: var(--hue0); } .mark.hue1 { fill: var(--hue1); } .mark.hue2 { fill: var(--hue2); } .mark.hue3 { fill: var(--hue3); } .mark.hue4 { fill: var(--hue4); } .mark.hue5 { fill: var(--hue5); }
.mark.failed { stroke: var(--bad); stroke-width: 2.2; } .mark.baseline { stroke: var(--baseline); } .mark.promoted { stroke: var(--promoted); }
.plot { height: 300px; width: 100%; min-width: 0; overflow: hidden; }
.plot.tall { height: 500px; }
#parallel { overflow-x: auto; max-width: 100%; }
#parallel { position: relative; } #parallel canvas { display: block; } #parallel canvas + canvas { position: absolute; left: 0; top: 0; pointer-events: none; }
[hidden] { display: none !important; }
footer { color: var(--muted); font-size: 12px; padding: 20px 2px 0; }
@media (min-width: 720px) { .half { grid-column: span 6; } }
@media (min-width: 1024px) {
  #front-card { grid-column: span 8; }
  #details { grid-column: span 4; grid-row: span 1; height: 0; min-height: 100%; overflow-y: auto; scrollbar-width: thin; }
  .plot.tall { height: 560px; }
}
@media (max-width: 719px) {
  body { padding-top: 12px; }
  .card { padding: 13px 12px; }
  .plot.tall { height: 390px; }
  input[type='search'] { width: 100%; }
  .controls { width: 100%; }
  .bar { margin-bottom: 12px; }
  #tiles { grid-template-columns: 1fr 1fr; }
  #tiles > div { padding: 9px 12px; }
  #tiles > div:last-child:nth-child(odd) { grid-column: span 2; }
  #tiles dd { font-size: 17px; }
}
@media print { .controls, .pager, #theme, .chips { display: none; } .card { break-inside: avoid; box-shadow: none; } }
`;
