// Shows the shading map of the selected object, and lets people change it: strength, a soft brush, and a light direction.
import { clamp } from '../clamp.js';
import { gridSize, resampled } from '../drawing/light_map.js';
import { controlsOf, setControls, tryControls } from '../edit/controls.js';
import { slider } from './slider.js';

const VISIBLE = 0.02; // log-gain below which a change of light cannot be seen
const AMBER = [245, 170, 40];
const BLUE = [38, 92, 190];
const SHOWN_SIDE = 480; // pixels of the map on the stage
const START = { x: 0.6, y: -0.6, strength: Math.log(1.2), softness: 0.5 };
const KEY_STEP = 0.1;

const signed = (gain) => {
  const percent = Math.round(100 * Math.expm1(gain));
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`;
};
const gainOf = (percent) => Math.log1p(percent / 100);
const percentOf = (gain) => Math.round(100 * Math.expm1(gain));

// Returns the smallest and the largest log-gain inside the matte; null where there is no matte.
export const rangeOf = (shading, matte) => {
  if (!matte) return null;
  const map = resampled(shading, matte.width, matte.height);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < matte.data.length; k += 1) {
    if (matte.data[k] < 0.5) continue;
    const gain = map[Math.floor(k / matte.width)][k % matte.width];
    [low, high] = [Math.min(low, gain), Math.max(high, gain)];
  }
  return low <= high ? [low, high] : null;
};

const markup = `<p class="wb-light-range"></p>
  <div data-part="answer"></div>
  <p class="wb-part-title">Brush</p><div class="wb-tools" role="radiogroup" aria-label="Brush">
  <button type="button" role="radio" data-brush="">Off</button><button type="button" role="radio" data-brush="1">Lighter</button>
  <button type="button" role="radio" data-brush="-1">Darker</button></div><div data-part="brush" hidden></div>
  <p class="wb-part-title">Light from one side</p><div class="wb-puck-row"><div class="wb-puck-pad"><i></i><button type="button" class="wb-puck"></button></div>
  <div data-part="puck"></div></div><div class="wb-panel-row"><button type="button" data-do="unpaint">Clear the brush</button>
  <button type="button" data-do="unpuck">Remove this light</button></div>`;

export const lightPanel = (bench) => {
  const root = bench.panel('light', 'Light');
  root.insertAdjacentHTML('beforeend', markup);
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const answer = control(bench, 'Strength of the answer', [0, 150, 5, 100], (controls, value) => {
    controls.light = value / 100;
  });
  part('answer').append(answer.element);
  const brush = brushTool(bench, root);
  const puck = puckTool(bench, root);
  const map = mapLayer(bench);
  root.addEventListener('click', (event) => {
    const action = event.target.closest('button')?.dataset.do;
    if (action === 'unpaint')
      setControls(bench, 'Clear the brush', (controls) => {
        controls.paint = [];
      });
    if (action === 'unpuck')
      setControls(bench, 'Remove the light', (controls) => {
        controls.puck = null;
      });
  });
  const drawControls = () => {
    const object = bench.object;
    const controls = controlsOf(object);
    root.classList.toggle('wb-off', !object);
    root.querySelector('[data-do=unpaint]').disabled = !controls.paint.length;
    root.querySelector('[data-do=unpuck]').disabled = !controls.puck;
    answer.set(Math.round(100 * controls.light));
    answer.disable(!object?.answer);
    brush.draw(object);
    puck.draw(object, controls.puck);
  };
  // The range and the map need the matte, which is there when the stage is drawn.
  const drawShading = () => {
    const object = bench.object;
    const range = object?.edit && rangeOf(object.edit.shading, bench.stage.matteGrid(object));
    const faint = !range || Math.max(-range[0], range[1]) < VISIBLE;
    const words = root.querySelector('.wb-light-range');
    words.classList.toggle('wb-faint', faint);
    const values = range ? `${signed(range[0])} … ${signed(range[1])}` : '';
    words.textContent = !range ? 'No change of light yet.' : faint ? `Next to no change: ${values}` : values;
    map.draw(object, range);
  };
  for (const name of ['document', 'selection']) bench.on(name, drawControls);
  bench.on('drawn', drawShading);
  drawControls();
  drawShading();
};

// Returns a slider in percent that writes into the controls.
const control = (bench, label, [min, max, step, neutral], write) =>
  slider({
    label,
    min,
    max,
    step,
    neutral,
    unit: '%',
    onTry: (value) => tryControls(bench, (controls) => write(controls, value)),
    onChange: (value) => setControls(bench, label, (controls) => write(controls, value)),
  });

const brushTool = (bench, root) => {
  const state = { sign: 0, size: 12, amount: 15, stroke: null };
  const layer = bench.stage.overlay('brush', 'svg');
  const ring = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
  ring.setAttribute('class', 'wb-brush-ring');
  layer.append(ring);
  const own = (label, key, min, max) =>
    slider({
      label,
      min,
      max,
      step: 1,
      neutral: state[key],
      unit: '%',
      onTry: (value) => {
        state[key] = value;
      },
      onChange: (value) => {
        state[key] = value;
      },
    });
  root
    .querySelector('[data-part=brush]')
    .append(own('Size', 'size', 2, 40).element, own('Amount', 'amount', 2, 40).element);
  const choose = (sign) => {
    const before = state.sign;
    state.sign = bench.object ? sign : 0;
    root.querySelector('[data-part=brush]').hidden = !state.sign;
    layer.classList.toggle('wb-active', Boolean(state.sign));
    if (Boolean(before) !== Boolean(state.sign)) bench.stage.useTool(state.sign ? 'brush' : null);
    for (const button of root.querySelectorAll('[data-brush]')) {
      const chosen = Number(button.dataset.brush) === state.sign;
      button.setAttribute('aria-checked', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    if (state.sign && !['after', 'light'].includes(bench.stage.mode)) bench.stage.setMode('after');
  };
  const bar = root.querySelector('.wb-tools');
  bar.addEventListener('click', (event) => {
    const button = event.target.closest('[data-brush]');
    if (button) choose(Number(button.dataset.brush));
  });
  bar.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const signs = [0, 1, -1];
    choose(signs[(signs.indexOf(state.sign) + by + 3) % 3]);
    event.preventDefault();
    bar.querySelector('[aria-checked=true]').focus();
  });
  const size = () => state.size / 200; // the radius, in fractions of the longer side
  const place = (event) => bench.stage.toPicture(event.clientX, event.clientY);
  const showRing = (event) => {
    const { x, y } = place(event);
    const file = bench.files[bench.document.background];
    const longer = Math.max(file.width, file.height);
    ring.setAttribute('cx', x * file.width);
    ring.setAttribute('cy', y * file.height);
    ring.setAttribute('r', size() * longer);
  };
  const paint = () =>
    tryControls(bench, (controls) => {
      if (state.stroke.begun) controls.paint.pop();
      state.stroke.begun = true;
      const amount = state.sign * gainOf(state.amount);
      controls.paint.push({ points: state.stroke.points, size: size(), amount: Number(amount.toFixed(4)) });
    });
  layer.addEventListener('pointerdown', (event) => {
    if (!state.sign || event.button || !event.isPrimary) return;
    event.stopPropagation();
    layer.setPointerCapture(event.pointerId);
    state.stroke = { points: [], begun: false };
    add(event);
  });
  const add = (event) => {
    const { x, y } = place(event);
    state.stroke.points.push([Number(x.toFixed(4)), Number(y.toFixed(4))]);
    paint();
  };
  layer.addEventListener('pointermove', (event) => {
    showRing(event);
    if (state.stroke) add(event);
  });
  const release = () => {
    if (!state.stroke) return;
    state.stroke = null;
    setControls(bench, state.sign > 0 ? 'Paint lighter' : 'Paint darker', () => {});
  };
  layer.addEventListener('pointerup', release);
  layer.addEventListener('pointercancel', release);
  choose(0);
  return {
    draw: (object) => {
      if (!object && state.sign) choose(0);
      for (const button of root.querySelectorAll('[data-brush]')) button.disabled = !object;
    },
  };
};

const puckTool = (bench, root) => {
  const [pad, knob] = [root.querySelector('.wb-puck-pad'), root.querySelector('.wb-puck')];
  const write = (key, toValue) => (controls, value) => {
    controls.puck = { ...(controls.puck ?? START), [key]: toValue(value) };
  };
  const strength = control(bench, 'Strength', [0, 60, 1, 20], write('strength', gainOf));
  const softness = control(
    bench,
    'Softness',
    [0, 100, 1, 50],
    write('softness', (value) => value / 100),
  );
  root.querySelector('[data-part=puck]').append(strength.element, softness.element);
  const moveTo = (x, y, done) => {
    const reach = Math.max(1, Math.hypot(x, y));
    const mutate = (controls) => {
      controls.puck = {
        ...(controls.puck ?? START),
        x: Number((x / reach).toFixed(3)),
        y: Number((y / reach).toFixed(3)),
      };
    };
    if (done) setControls(bench, 'Light direction', mutate);
    else tryControls(bench, mutate);
  };
  let held = false;
  const toPad = (event) => {
    const area = pad.getBoundingClientRect();
    return [
      (2 * (event.clientX - area.left)) / area.width - 1,
      (2 * (event.clientY - area.top)) / area.height - 1,
    ];
  };
  pad.addEventListener('pointerdown', (event) => {
    if (event.button || !bench.object) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    held = true;
    moveTo(...toPad(event), false);
    knob.focus();
  });
  pad.addEventListener('pointermove', (event) => {
    if (held) moveTo(...toPad(event), false);
  });
  for (const name of ['pointerup', 'pointercancel'])
    pad.addEventListener(name, () => {
      if (held && controlsOf(bench.object).puck) setControls(bench, 'Light direction', () => {});
      held = false;
    });
  knob.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by || !bench.object) return;
    const puck = controlsOf(bench.object).puck ?? { x: 0, y: 0 };
    moveTo(puck.x + KEY_STEP * by[0], puck.y + KEY_STEP * by[1], true);
    event.preventDefault();
  });
  return {
    draw: (object, puck) => {
      const at = puck ?? { x: 0, y: 0 };
      knob.style.left = `${50 + 50 * at.x}%`;
      knob.style.top = `${50 + 50 * at.y}%`;
      pad.classList.toggle('wb-set', Boolean(puck));
      knob.disabled = !object;
      knob.setAttribute('aria-label', puck ? `Light from ${sideOf(puck)}` : 'Light direction: none');
      strength.set(percentOf((puck ?? START).strength));
      softness.set(Math.round(100 * (puck ?? START).softness));
      strength.disable(!puck);
      softness.disable(!puck);
    },
  };
};

// Returns the side a light comes from, in words.
const sideOf = ({ x, y }) => {
  const sides = [
    'the right',
    'below right',
    'below',
    'below left',
    'the left',
    'above left',
    'above',
    'above right',
  ];
  return sides[(Math.round(Math.atan2(y, x) / (Math.PI / 4)) + 8) % 8];
};

// Draws the map on the stage in the view "light": amber brighter, blue darker, on the object in grey.
const mapLayer = (bench) => {
  const layer = bench.stage.overlay('light', 'canvas');
  const draw = (object, range) => {
    const shown = bench.stage.mode === 'light' && Boolean(object?.edit && range);
    layer.hidden = !shown;
    if (!shown) return;
    const file = bench.files[bench.document.background];
    const scale = SHOWN_SIDE / Math.max(file.width, file.height);
    const [width, height] = [Math.round(file.width * scale), Math.round(file.height * scale)];
    const grid = bench.stage.matteGrid(object) ?? { ...gridSize(width, height), data: [] };
    const rows = Array.from({ length: grid.height }, (_, y) =>
      Array.from(grid.data.slice(y * grid.width, (y + 1) * grid.width)),
    );
    const matte = resampled(rows, width, height);
    const gains = resampled(object.edit.shading, width, height);
    const most = Math.max(-range[0], range[1], 0.05);
    const picture = new ImageData(width, height);
    for (let k = 0; k < width * height; k += 1) {
      const [x, y] = [k % width, Math.floor(k / width)];
      const weight = clamp(Math.abs(gains[y][x]) / most, 0, 1);
      const tint = gains[y][x] > 0 ? AMBER : BLUE;
      for (let c = 0; c < 3; c += 1) picture.data[4 * k + c] = 128 * (1 - weight) + weight * tint[c];
      picture.data[4 * k + 3] = 200 * matte[y][x];
    }
    Object.assign(layer, { width, height });
    layer.getContext('2d').putImageData(picture, 0, 0);
  };
  return { draw };
};
