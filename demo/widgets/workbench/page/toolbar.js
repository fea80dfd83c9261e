// Connects the bar above the picture: views, undo and redo, zoom, compare, help.
const percent = (value) => `${Math.round(100 * value)} %`;

export const toolbar = (bench, root) => {
  const find = (name) => root.querySelector(name);
  const { stage } = bench;
  const truth = () => stage.scale * devicePixelRatio;

  const drawZoom = () => {
    const fit = percent(stage.fit * devicePixelRatio);
    const ready = Boolean(bench.document);
    const whole = ready ? `Fit ${fit}` : 'Fit';
    find('[data-do=fit]').textContent = stage.zoom > 1 ? percent(truth()) : whole;
    find('[data-do=fit]').title =
      stage.zoom > 1 ? `Show the whole picture, at ${fit}` : 'The whole picture is visible';
    for (const name of ['fit', 'zoom-out']) find(`[data-do=${name}]`).disabled = !ready || stage.zoom <= 1;
    for (const name of ['full', 'zoom-in']) find(`[data-do=${name}]`).disabled = !ready;
    find('[data-do=full]').setAttribute('aria-pressed', String(Math.abs(truth() - 1) < 0.005));
  };
  const drawModes = () => {
    for (const button of root.querySelectorAll('[data-mode][aria-pressed]')) {
      const mode = button.dataset.mode;
      button.setAttribute('aria-pressed', String(mode === find('.wb-stage').dataset.chosen));
      button.disabled = !bench.document || (mode !== 'before' && !bench.document.objects.length);
    }
  };
  const drawSteps = () => {
    const { undo, redo } = bench.steps;
    find('[data-do=undo]').disabled = !undo;
    find('[data-do=redo]').disabled = !redo;
    find('[data-do=undo]').title = undo ? `Undo: ${undo}` : 'Nothing to undo';
    find('[data-do=redo]').title = redo ? `Redo: ${redo}` : 'Nothing to redo';
  };
  const actions = {
    undo: () => bench.undo(),
    redo: () => bench.redo(),
    fit: () => stage.zoomTo(1),
    full: () => stage.zoomTo(1 / (stage.fit * devicePixelRatio)),
    'zoom-in': () => stage.zoomBy(1.5),
    'zoom-out': () => stage.zoomBy(1 / 1.5),
  };
  root.addEventListener('click', (event) => {
    const button = event.target.closest('.wb-bar button');
    if (!button) return;
    if (button.dataset.mode) stage.setMode(button.dataset.mode);
    if (button.dataset.mode === 'light') bench.panel.show('light');
    actions[button.dataset.do]?.();
  });
  bench.on('view', () => {
    drawZoom();
    drawModes();
  });
  bench.on('document', () => {
    drawSteps();
    drawModes();
  });

  bench.keys('Ctrl+z', 'Undo', actions.undo);
  bench.keys('Ctrl+Shift+z', 'Redo', actions.redo);
  bench.keys('Ctrl+y', 'Redo', actions.redo);
  bench.keys('x', 'Hold to see the picture before', {
    down: () => stage.hold(true),
    up: () => stage.hold(false),
  });
  bench.keys(' ', 'Hold to see the picture before', {
    down: () => stage.hold(true),
    up: () => stage.hold(false),
  });
  const modes = { 1: 'split', 2: 'before', 3: 'after', 4: 'mask', 5: 'light' };
  for (const [key, mode] of Object.entries(modes)) {
    const label = find(`[data-mode=${mode}][aria-pressed]`).textContent;
    bench.keys(key, `Show: ${label}`, () => stage.setMode(mode));
  }
  bench.keys('+', 'Zoom in', actions['zoom-in']);
  bench.keys('=', 'Zoom in', actions['zoom-in']);
  bench.keys('-', 'Zoom out', actions['zoom-out']);
  bench.keys('0', 'Whole picture', actions.fit);
  bench.keys('9', 'True size, 100 %', actions.full);
  drawZoom();
  drawModes();
  drawSteps();
};
