// Makes a mask with box, brush and eraser on top of the composite, and sends it as a PNG.
const find = (name) => element.querySelector(name);
const root = find('.painter'),
  dialog = find('.painter-dialog'),
  picture = find('.painter-picture');
const image = find('.painter-picture img'),
  canvas = find('canvas'),
  box = find('.painter-box'),
  tip = find('.painter-tip');
const pen = canvas.getContext('2d', { willReadFrequently: true });
const TINT = '#e600ff',
  UNDO_PIXELS = 100_000_000; // of all steps together: some hundred strokes
let tool = 'box',
  stroke = null,
  corner = null,
  drawnImage = '',
  lastTicket = '',
  startMask = '',
  history = [], // what was under the changed part of the canvas, at each step
  before = null; // the canvas at the start of a stroke

const value = () => props.value || {};
const note = (text) => {
  find('.painter-note').textContent = text;
};
const busy = (state) => root.classList.toggle('painter-busy', state);
const empty = () =>
  !pen
    .getImageData(0, 0, canvas.width, canvas.height)
    .data.some((level, index) => index % 4 === 3 && level > 127);
const copyCanvas = () => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext('2d').drawImage(canvas, 0, 0);
  return copy;
};
// Keeps a part of an earlier canvas for undo, and drops the oldest steps where all need too much memory.
const keepStep = (earlier, left, top, right, bottom) => {
  const x = Math.max(0, Math.floor(left)),
    y = Math.max(0, Math.floor(top));
  const [w, h] = [
    Math.min(canvas.width, Math.ceil(right)) - x,
    Math.min(canvas.height, Math.ceil(bottom)) - y,
  ];
  if (w <= 0 || h <= 0) return;
  const part = new OffscreenCanvas(w, h);
  part.getContext('2d').drawImage(earlier, -x, -y);
  history.push({ x, y, part });
  const pixels = () => history.reduce((sum, step) => sum + step.part.width * step.part.height, 0);
  while (history.length > 1 && pixels() > UNDO_PIXELS) history.shift();
};
const saveState = () => keepStep(copyCanvas(), 0, 0, canvas.width, canvas.height);
const startStroke = (point) => {
  before = { canvas: copyCanvas(), left: point.x, top: point.y, right: point.x, bottom: point.y };
};
const growStroke = ({ x, y }) => {
  before.left = Math.min(before.left, x);
  before.top = Math.min(before.top, y);
  before.right = Math.max(before.right, x);
  before.bottom = Math.max(before.bottom, y);
};
const endStroke = () => {
  if (!before) return;
  const brim = width() / 2 + 2,
    [w, h] = [canvas.width, canvas.height];
  keepStep(
    before.canvas,
    before.left * w - brim,
    before.top * h - brim,
    before.right * w + brim,
    before.bottom * h + brim,
  );
  before = null;
};
const choose = (name) => {
  tool = name;
  for (const button of element.querySelectorAll('[data-tool]'))
    button.setAttribute('aria-pressed', String(button.dataset.tool === name));
  note(
    name === 'box'
      ? 'Drag a box around the object.'
      : name === 'brush'
        ? 'Paint over the object.'
        : 'Paint over the parts that do not belong to the object.',
  );
};

// Fits the picture into the dialog; the canvas has as many pixels as the view.
const fit = () => {
  if (!dialog.open || !image.naturalWidth) return;
  const sheet = find('.painter-sheet'),
    scale = Math.min(
      (sheet.clientWidth - 32) / image.naturalWidth,
      (sheet.clientHeight - 32) / image.naturalHeight,
    );
  picture.style.width = `${image.naturalWidth * scale}px`;
  picture.style.height = `${image.naturalHeight * scale}px`;
};
image.addEventListener('load', () => {
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  history = [];
  fit();
});
new ResizeObserver(fit).observe(find('.painter-sheet'));

// A mask from the server is white on black; on the canvas it is coloured on a transparent ground.
const load = (url, words) => {
  const found = new Image();
  found.addEventListener('load', () => {
    saveState();
    pen.globalCompositeOperation = 'source-over';
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(found, 0, 0, canvas.width, canvas.height);
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height),
      data = pixels.data;
    for (let i = 0; i < data.length; i += 4) {
      data[i + 3] = data[i];
      data[i] = 230;
      data[i + 1] = 0;
      data[i + 2] = 255;
    }
    pen.putImageData(pixels, 0, 0);
    busy(false);
    choose('brush');
    note(words);
  });
  found.src = url;
};
const draw = () => {
  find('.painter-open').disabled = !value().image;
  if (value().image && value().image !== drawnImage) {
    drawnImage = value().image;
    startMask = '';
    image.src = drawnImage;
  }
  find('[data-do=background]').hidden = !value().background;
  if (value().ticket && value().ticket !== lastTicket) {
    lastTicket = value().ticket;
    busy(false);
    if (value().mask) load(value().mask, 'Found. Correct it with brush and eraser, or use it as it is.');
    if (value().note) note(value().note);
    if (value().done) {
      startMask = value().start;
      dialog.close();
    }
  }
};

const at = (event) => {
  const area = picture.getBoundingClientRect();
  return { x: (event.clientX - area.left) / area.width, y: (event.clientY - area.top) / area.height };
};
const width = () => (Number(find('.painter-size input').value) * canvas.width) / picture.clientWidth;
const paintTo = (point) => {
  pen.globalCompositeOperation = tool === 'eraser' ? 'destination-out' : 'source-over';
  pen.strokeStyle = TINT;
  pen.lineWidth = width();
  pen.lineCap = pen.lineJoin = 'round';
  pen.beginPath();
  pen.moveTo(stroke.x * canvas.width, stroke.y * canvas.height);
  pen.lineTo(point.x * canvas.width, point.y * canvas.height + 0.01);
  pen.stroke();
  growStroke(point);
  stroke = point;
};
const drawBox = (point) => {
  const left = Math.min(corner.x, point.x),
    top = Math.min(corner.y, point.y);
  Object.assign(box.style, {
    left: `${left * 100}%`,
    top: `${top * 100}%`,
    width: `${Math.abs(point.x - corner.x) * 100}%`,
    height: `${Math.abs(point.y - corner.y) * 100}%`,
  });
  box.hidden = false;
  return { x: left, y: top, width: Math.abs(point.x - corner.x), height: Math.abs(point.y - corner.y) };
};
picture.addEventListener('pointerdown', (event) => {
  if (event.button || root.classList.contains('painter-busy')) return;
  event.preventDefault();
  picture.setPointerCapture(event.pointerId);
  if (tool === 'box') {
    corner = at(event);
    return;
  }
  stroke = at(event);
  startStroke(stroke);
  paintTo(stroke);
});
picture.addEventListener('pointermove', (event) => {
  const point = at(event),
    size = Number(find('.painter-size input').value);
  tip.hidden = tool === 'box';
  Object.assign(tip.style, {
    left: `${point.x * 100}%`,
    top: `${point.y * 100}%`,
    width: `${size}px`,
    height: `${size}px`,
  });
  if (corner) drawBox(point);
  if (stroke) for (const step of event.getCoalescedEvents?.() || [event]) paintTo(at(step));
});
picture.addEventListener('pointerup', (event) => {
  if (corner) {
    const found = drawBox(at(event));
    box.hidden = true;
    if (found.width > 0.01 && found.height > 0.01) {
      busy(true);
      note('Finding the object…');
      trigger('box', found);
    }
  }
  endStroke();
  corner = stroke = null;
});
picture.addEventListener('pointercancel', () => {
  endStroke();
  corner = stroke = null;
});
picture.addEventListener('pointerleave', () => {
  tip.hidden = true;
});

const use = () => {
  if (empty()) {
    note('The mask is empty. Please paint the object, or drag a box around it.');
    return;
  }
  const sheet = Object.assign(document.createElement('canvas'), {
    width: canvas.width,
    height: canvas.height,
  });
  const ink = sheet.getContext('2d'),
    pixels = pen.getImageData(0, 0, canvas.width, canvas.height),
    data = pixels.data;
  for (let i = 0; i < data.length; i += 4) {
    data[i] = data[i + 1] = data[i + 2] = data[i + 3];
    data[i + 3] = 255;
  }
  ink.putImageData(pixels, 0, 0);
  busy(true);
  note('Sending the mask…');
  sheet.toBlob(async (blob) => {
    try {
      const kept = await upload(new File([blob], 'mask.png', { type: 'image/png' }));
      trigger('painted', { path: kept.path });
    } catch (error) {
      busy(false);
      note('The mask could not be sent. Please try again.');
    }
  }, 'image/png');
};
const actions = {
  undo: () => {
    const last = history.pop();
    if (!last) return;
    pen.globalCompositeOperation = 'source-over';
    pen.clearRect(last.x, last.y, last.part.width, last.part.height);
    pen.drawImage(last.part, last.x, last.y);
  },
  clear: () => {
    saveState();
    pen.clearRect(0, 0, canvas.width, canvas.height);
    choose('box');
  },
  background: () => {
    busy(true);
    note('Comparing with the background…');
    trigger('difference');
  },
  close: () => dialog.close(),
  use,
};
// Opens the dialog with the mask of the visitor, where there is one.
const start = async () => {
  dialog.showModal();
  choose(tool);
  fit();
  await image.decode().catch(() => {});
  fit();
  if (!value().start || value().start === startMask) return;
  startMask = value().start;
  load(startMask, 'This is your mask: correct it, or choose Box to find another.');
};
find('.painter-open').addEventListener('click', start);
find('.painter-bar').addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.dataset.tool) choose(button.dataset.tool);
  else if (button) actions[button.dataset.do]();
});
dialog.addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey)) actions.undo();
  const tools = { b: 'box', p: 'brush', e: 'eraser' };
  if (tools[event.key]) choose(tools[event.key]);
});
watch('value', draw);
draw();
