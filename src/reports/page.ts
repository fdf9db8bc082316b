/** The page's skeleton; the client script fills it. Nothing of a study is written here. */
export const pageBody = `<header class="top">
  <div class="bar"><span class="brand"><svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 16C5 8 9 5 17 4"/><circle cx="4" cy="14" r="2"/><circle cx="9" cy="7.5" r="2"/><circle cx="16" cy="4.2" r="2"/></svg>nas-distill</span>
  <button type="button" id="theme" class="quiet" aria-label="Switch between light and dark"></button></div>
  <h1 id="title"></h1>
  <p id="verdict"></p>
  <ul id="verdict-details"></ul>
  <dl id="tiles"></dl>
  <details id="facts"><summary>Study settings</summary><dl></dl></details>
</header>
<main>
  <noscript><p class="card">This report needs JavaScript: it draws itself, offline, from the data in this file.</p></noscript>
  <section class="card" id="front-card" aria-labelledby="front-title">
    <div class="head"><div><h2 id="front-title">Accuracy against cost</h2><p class="sub" id="front-sub"></p></div>
      <div class="controls">
        <label>Cost <select id="x-metric"></select></label>
        <div class="segments" role="group" aria-label="Scale of the cost axis" id="x-scale"></div>
        <div class="segments" role="group" aria-label="Range of the axes" id="range"></div>
      </div></div>
    <div id="legend" class="legend"></div>
    <div id="scatter" class="plot tall"></div>
  </section>
  <aside class="card" id="details" aria-live="polite" aria-label="Selected trial"></aside>
  <section class="card half" aria-labelledby="curves-title">
    <div class="head"><div><h2 id="curves-title">Learning curves</h2><p class="sub" id="curves-sub"></p></div></div>
    <div id="curves" class="plot"></div>
  </section>
  <section class="card half" aria-labelledby="volume-title">
    <div class="head"><div><h2 id="volume-title">Hypervolume</h2><p class="sub" id="volume-sub"></p></div></div>
    <div id="volume" class="plot"></div>
  </section>
  <section class="card wide" aria-labelledby="parallel-title">
    <div class="head"><div><h2 id="parallel-title">Choices</h2><p class="sub" id="parallel-sub"></p></div><div class="controls" id="parallel-controls"></div></div>
    <div id="parallel"></div>
  </section>
  <section class="card wide" aria-labelledby="table-title">
    <div class="head"><div><h2 id="table-title">Trials</h2><p class="sub" id="table-sub" role="status"></p></div>
      <div class="controls"><input type="search" id="filter" placeholder="Filter: conv, bytes&lt;2MB, accuracy&gt;0.8" aria-label="Filter trials" autocomplete="off" spellcheck="false"></div></div>
    <div id="chips" class="chips" role="group" aria-label="Kinds of trials shown"></div>
    <div id="table"></div>
    <div id="pager" class="pager"></div>
  </section>
</main>
<footer id="foot"></footer>`;
