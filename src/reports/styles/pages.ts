/** A trial's own page, confusion matrices and worst examples. */
export const pages = `
.brushed-frame { cursor: crosshair; }
#trial-page { width: min(1380px, calc(100vw - 24px)); max-width: none; max-height: calc(100vh - 24px); border: 1px solid var(--line); border-radius: 14px; background: var(--surface); color: var(--ink); padding: 0 clamp(12px, 2vw, 26px) 26px; box-shadow: 0 12px 60px rgb(0 0 0 / 35%); overflow-y: auto; }
#trial-page::backdrop { background: rgb(10 14 20 / 55%); }
.trial-page-bar { position: sticky; top: 0; z-index: 4; justify-content: flex-end; background: var(--surface); padding: 12px 0 8px; }
#trial-page header { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; } #trial-page header > p { flex-basis: 100%; overflow-wrap: anywhere; }
#trial-page h2 { font-size: 22px; }
.trial-columns { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 10px 30px; margin-bottom: 10px; }
.trial-columns > * { min-width: 0; }
.trial-columns .architecture { max-width: 460px; margin: 0; }
@media (max-width: 1099px) { .trial-columns { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 719px) { .trial-columns { grid-template-columns: minmax(0, 1fr); } #trial-page { width: calc(100vw - 8px); max-height: calc(100vh - 8px); } }
.command.block { position: relative; } .command pre { margin: 0; flex: 1; min-width: 0; }
.command.block code { display: block; white-space: pre; max-height: 340px; overflow: auto; padding-right: 74px; scrollbar-width: thin; } .command.block button { position: absolute; right: 8px; top: 6px; }
.confusions-row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(350px, 100%), 1fr)); gap: 6px 26px; }
.confusion { min-width: 0; } .scrolled { overflow-x: auto; }
.matrix { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; font-size: 11.5px; }
.matrix th { font-weight: 400; color: var(--muted); text-align: right; padding: 0 6px 0 0; white-space: nowrap; max-width: 90px; overflow: hidden; text-overflow: ellipsis; }
.matrix thead th { vertical-align: bottom; padding: 0; height: 76px; text-align: left; } .matrix thead span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 76px; overflow: hidden; text-overflow: ellipsis; display: inline-block; padding-top: 4px; }
.matrix td { width: 26px; min-width: 26px; height: 24px; text-align: center; border-radius: 4px; }
.matrix tbody td { background: color-mix(in srgb, var(--accent) calc(var(--share) * 46%), var(--ground)); }
.matrix tbody td.wrong { background: color-mix(in srgb, var(--teacher) calc(var(--share) * 46%), var(--ground)); }
.confusions { border-collapse: collapse; font-size: 13px; } .confusions th { text-align: left; font-weight: 400; padding: 2px 16px 2px 0; overflow-wrap: anywhere; } .confusions td { text-align: right; font-variant-numeric: tabular-nums; }
.examples-head { margin: 16px 0 10px; }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(230px, 100%), 1fr)); gap: 10px; }
.examples figure { margin: 0; display: flex; gap: 12px; align-items: center; border: 1px solid var(--line); border-radius: 10px; padding: 8px 10px; min-width: 0; }
.examples img { width: 72px; height: auto; image-rendering: pixelated; border-radius: 6px; flex: none; background: var(--ground); }
.examples .no-picture { width: 72px; font-size: 12px; color: var(--muted); flex: none; }
.examples .text-sample { flex-direction: column; align-items: stretch; gap: 6px; } .examples blockquote { margin: 0; font-size: 13.5px; line-height: 1.45; overflow-wrap: anywhere; }
.examples figcaption { min-width: 0; font-size: 12.5px; overflow-wrap: anywhere; } .examples b { font-weight: 600; font-size: 13px; }
.examples dl div { display: flex; gap: 6px; } .examples dt { color: var(--muted); min-width: 50px; } .examples .wrong dd { color: var(--bad); }
`;
