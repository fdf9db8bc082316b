/** The page's skeleton; the client script fills it. Nothing of a study is written here. */
export const pageBody = `<header class="top">
  <div class="bar"><span class="brand"><svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 16C5 8 9 5 17 4"/><circle cx="4" cy="14" r="2"/><circle cx="9" cy="7.5" r="2"/><circle cx="16" cy="4.2" r="2"/></svg>nas-distill</span>
  <button type="button" id="theme" class="quiet" aria-label="Switch between light and dark"></button></div>
  <h1 id="title"></h1>
  <p id="verdict"></p>
  <ul id="verdict-details"></ul>
  <dl id="tiles"></dl>
  <div id="standings" tabindex="0" role="region" aria-label="Table of the studies" hidden></div>
  <details id="facts"><summary>Study settings</summary><dl></dl></details>
</header>
<main>
  <section class="card wide filter-card" aria-label="Filter">
    <div class="filter-line"><input type="search" id="filter" placeholder="bytes &lt; 2MB &amp;&amp; accuracy &gt; 0.85" aria-label="Filter trials" aria-describedby="filter-error filter-help" autocomplete="off" spellcheck="false">
      <span id="filter-count" role="status"></span><button type="button" class="quiet" id="clear" hidden>Clear</button></div>
    <p id="filter-error" role="alert"></p>
    <div id="brushes" class="chips" role="group" aria-label="Selected ranges"></div>
    <div id="chips" class="chips" role="group" aria-label="Kinds of trials shown"></div>
    <details id="filter-help"><summary>What can be asked</summary><p>Fields: <code>accuracy</code>, <code>bytes</code>, <code>params</code>, <code>macs</code>, <code>memory</code>, <code>latency</code>, <code>measured.latency</code>, <code>time</code>, <code>started</code>, <code>ended</code>, <code>epochs</code>, <code>runs</code>, <code>trial</code>, <code>worker</code>, <code>study</code>, <code>state</code>, <code>kind</code>, <code>promoted</code>, every metric, every choice. Signs: <code>&lt; &lt;= &gt; &gt;= = !=</code>, <code>in (a, b)</code>, <code>&amp;&amp;</code>, <code>||</code>, <code>!</code>, parentheses. Numbers: <code>85%</code>, <code>2MB</code>, <code>512KiB</code>, <code>1.5M</code>, <code>90s</code>. A word alone is looked for in choices, states and reasons. Dragging over the main plot, curves, volume, latencies, an axis of the choices or the timeline adds a range; it holds in every part of the page.</p></details>
  </section>
  <noscript><p class="card">This report needs JavaScript: it draws itself, offline, from the data in this file.</p></noscript>
  <section class="card" id="front-card" aria-labelledby="front-title">
    <div class="head"><div><h2 id="front-title">Accuracy against cost</h2><p class="sub" id="front-sub"></p></div>
      <div class="controls">
        <label>Y <select id="y-quantity" aria-label="Quantity of the vertical axis"></select></label><label>X <select id="x-quantity" aria-label="Quantity of the horizontal axis"></select></label>
        <div class="segments" role="group" aria-label="Scale of cost axes" id="x-scale"></div>
        <div class="segments" role="group" aria-label="Range of the axes" id="range"></div>
        <div class="segments" role="group" aria-label="What dragging does" id="drag"></div>
      </div></div>
    <div id="legend" class="legend"></div>
    <div id="scatter-frame" class="frame" tabindex="0" role="application" aria-label="The Pareto plot. Arrow keys walk along the Pareto front."><div id="scatter" class="plot tall"></div></div>
  </section>
  <aside class="card" id="details" aria-live="polite" aria-label="Selected trial"></aside>
  <section class="card wide" id="compare-card" aria-labelledby="compare-title" hidden>
    <div class="head"><div><h2 id="compare-title">Side by side</h2><p class="sub" id="compare-sub" role="status"></p></div>
      <div class="controls"><button type="button" class="quiet" id="compare-same" aria-pressed="true">Differences only</button><button type="button" class="quiet" id="compare-clear">Clear</button></div></div>
    <div id="compare" tabindex="0" role="region" aria-label="Table of the compared trials"></div>
  </section>
  <section class="card half" aria-labelledby="curves-title">
    <div class="head"><div><h2 id="curves-title">Learning curves</h2><p class="sub" id="curves-sub"></p></div></div>
    <div id="curves-frame" class="frame brushed-frame"><div id="curves" class="plot"></div></div>
  </section>
  <section class="card half" aria-labelledby="volume-title">
    <div class="head"><div><h2 id="volume-title">Hypervolume</h2><p class="sub" id="volume-sub"></p></div><div class="controls"><div class="segments" role="group" aria-label="Hypervolume over" id="volume-over"></div></div></div>
    <div id="volume-frame" class="frame brushed-frame"><div id="volume" class="plot"></div></div>
  </section>
  <section class="card half" aria-labelledby="losses-title">
    <div class="head"><div><h2 id="losses-title">Losses and their weights</h2><p class="sub" id="losses-sub"></p></div></div>
    <div id="losses" class="plot"></div>
  </section>
  <section class="card half" id="latency-card" aria-labelledby="latency-title" hidden>
    <div class="head"><div><h2 id="latency-title">Measured against predicted latency</h2><p class="sub" id="latency-sub"></p></div></div>
    <div id="latency-frame" class="frame brushed-frame"><div id="latency" class="plot"></div></div>
  </section>
  <section class="card half" aria-labelledby="importance-title">
    <div class="head"><div><h2 id="importance-title">Importance of the choices</h2><p class="sub" id="importance-sub"></p></div><div class="controls"><div class="segments" role="group" aria-label="Importance for" id="importance-target"></div></div></div>
    <div id="importance"></div>
  </section>
  <section class="card" id="timeline-card" aria-labelledby="timeline-title">
    <div class="head"><div><h2 id="timeline-title">Workers</h2><p class="sub" id="timeline-sub"></p></div></div>
    <div id="timeline" class="frame"></div>
  </section>
  <section class="card wide" id="mistakes-card" aria-labelledby="mistakes-title" hidden>
    <div class="head"><div><h2 id="mistakes-title">Mistakes</h2><p class="sub" id="mistakes-sub"></p></div></div>
    <div id="mistakes"></div>
  </section>
  <section class="card wide" aria-labelledby="parallel-title">
    <div class="head"><div><h2 id="parallel-title">Choices</h2><p class="sub" id="parallel-sub"></p></div><div class="controls" id="parallel-controls"></div></div>
    <div id="parallel" tabindex="0" role="region" aria-label="Parallel coordinates"></div>
  </section>
  <section class="card wide" aria-labelledby="table-title">
    <div class="head"><div><h2 id="table-title">Trials</h2><p class="sub" id="table-sub" role="status"></p></div></div>
    <div id="table" tabindex="0" role="region" aria-label="Table of trials"></div>
    <div id="pager" class="pager"></div>
  </section>
<dialog id="trial-page" aria-labelledby="trial-page-title">
  <div class="controls trial-page-bar"><button type="button" class="quiet" id="trial-page-before">Previous</button><button type="button" class="quiet" id="trial-page-after">Next</button><button type="button" class="quiet" id="trial-page-close">Close</button></div>
  <div id="trial-page-body"></div>
</dialog>
</main>
<footer id="foot"></footer>`;
