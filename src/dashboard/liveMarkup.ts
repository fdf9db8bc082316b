const controls =
  '<div class="controls"><span id="live-new" role="status"></span><button type="button" class="quiet" id="live-follow" aria-pressed="true">Follow</button><a class="quiet" href="/">All studies</a></div>';

/** That of several studies beside each other. */
export const severalMarkup = `<section id="live" class="card" aria-labelledby="live-title">
  <div class="head"><h2 id="live-title"></h2>${controls}</div>
  <p id="live-fault" role="alert"></p>
  <div class="live-columns" id="live-studies"></div>
</section>`;

/** The live part's skeleton; its client fills it. Nothing of a study is written here. */
export const liveMarkup = `<section id="live" class="card" aria-labelledby="live-title">
  <div class="head"><div><h2 id="live-title"></h2><p class="sub" id="live-sub"></p></div>
    ${controls}</div>
  <progress id="live-progress" max="1" value="0" aria-label="Trials done"></progress>
  <p id="live-fault" role="alert"></p>
  <div class="live-columns">
    <div><h3>Workers</h3><ul id="live-workers"></ul></div>
    <div><h3>Best within</h3><ul id="live-budgets"></ul></div>
    <div><h3>Latest trials</h3><ul id="live-recent"></ul></div>
    <div id="live-failed" hidden><h3 id="live-failed-title"></h3><ul id="live-failures"></ul></div>
  </div>
</section>`;
