// Draws the frame around the selected cut-out: handles for size, angle and mirroring, also for the keyboard and screen readers.
import { clamp } from '../clamp.js';
import { degrees, percent } from './geometry.js';

const LEAST = 96; // CSS pixels of a side of the frame, so that handles leave room between them
const OUT = 12; // from the corner of the frame to the middle of its handle
const ARM = 34; // from the edge of the frame to the handle for the angle
const EDGE = 16; // from the edge of the view to the middle of a handle, at least
const HELP =
  'Arrow keys move, plus and minus change the size, square brackets turn, F mirrors, Escape takes back; with Shift in larger steps.';
const MARKUP = `
  <div class="wb-place-box" data-part="body" role="application" tabindex="0" aria-describedby="wb-place-help"></div>
  <div class="wb-place-corner" data-part="corner" data-corner="0" role="slider" tabindex="0" aria-label="Size" aria-valuemin="1" aria-valuemax="800"></div>
  <div class="wb-place-corner" data-part="corner" data-corner="1"></div>
  <div class="wb-place-corner" data-part="corner" data-corner="2"></div>
  <div class="wb-place-corner" data-part="corner" data-corner="3"></div>
  <div class="wb-place-turn" data-part="turn" role="slider" tabindex="0" aria-label="Angle" aria-valuemin="-180" aria-valuemax="180" title="Turn; with Shift in steps of 15°">
    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M16 10a6 6 0 1 1-2-4.500M16.500 2.500v4h-4"/></svg></div>
  <button type="button" class="wb-place-flip" data-part="flip" aria-label="Mirror" title="Mirror" aria-pressed="false">
    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 3v14M7 6v8H2.500zM13 6v8h4.500z"/></svg></button>
  <p class="wb-place-hidden" id="wb-place-help">${HELP}</p>
  <p class="wb-place-hidden" role="status"></p>`;

// Returns where handles go: {middle, width, height, angle, covers, corners, sides}, all in pixels of the view. corners: of the visible box;
// sides: points beyond the middles of its top, right, bottom and left edge; covers: of a point, true where it lies in the frame.
export const layout = (corners) => {
  const [a, b, c, d] = corners;
  const middle = [(a[0] + c[0]) / 2, (a[1] + c[1]) / 2];
  const length = (p, q) => Math.max(LEAST, Math.hypot(q[0] - p[0], q[1] - p[1]));
  const [width, height] = [length(a, b), length(a, d)];
  const along = (p, q) => {
    const distance = Math.hypot(q[0] - p[0], q[1] - p[1]) || 1;
    return [(q[0] - p[0]) / distance, (q[1] - p[1]) / distance];
  };
  const [right, down] = [along(a, b), along(a, d)];
  const at = (x, y) => [middle[0] + right[0] * x + down[0] * y, middle[1] + right[1] * x + down[1] * y];
  const [x, y] = [width / 2 + OUT, height / 2 + OUT];
  return {
    middle,
    width,
    height,
    angle: Math.atan2(down[1], down[0]) - Math.PI / 2,
    covers([px, py]) {
      const [u, v] = [px - middle[0], py - middle[1]];
      return (
        Math.abs(u * right[0] + v * right[1]) < width / 2 && Math.abs(u * down[0] + v * down[1]) < height / 2
      );
    },
    corners: [at(-x, -y), at(x, -y), at(x, y), at(-x, y)],
    sides: [
      at(0, -height / 2 - ARM),
      at(width / 2 + ARM, 0),
      at(0, height / 2 + ARM),
      at(-width / 2 - ARM, 0),
    ],
  };
};

const isIn = ([x, y], view, edge = 4) =>
  x >= edge && y >= edge && x <= view.width - edge && y <= view.height - edge;

// Returns the sides for the handles for the angle and for mirroring: the first two of an order that lie in the view, or null.
const freeSides = (sides, view) => {
  const free = (order) => order.find((k) => isIn(sides[k], view, EDGE)) ?? null;
  const turn = free([0, 2, 1, 3]);
  return [turn, free([2, 1, 3, 0].filter((k) => k !== turn))];
};

export const createFrame = (view) => {
  const root = document.createElement('div');
  root.className = 'wb-place';
  root.hidden = true;
  root.innerHTML = MARKUP;
  view.append(root);
  const [box, turn, flip, status] = [
    '.wb-place-box',
    '.wb-place-turn',
    '.wb-place-flip',
    '[role=status]',
  ].map((name) => root.querySelector(name));
  const handles = [...root.querySelectorAll('.wb-place-corner')];
  // Moves a handle, into the view where it is outside; where `away` it is hidden, and keeps its place for the keyboard.
  const put = (element, [x, y], size, away) => {
    element.classList.toggle('wb-place-away', away);
    const [left, top] = [clamp(x, EDGE, size.width - EDGE), clamp(y, EDGE, size.height - EDGE)];
    element.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
  };
  return {
    root,
    box,
    hide() {
      root.hidden = true;
    },
    // corners: of the visible box, in pixels of the view.
    draw(corners, size, moving) {
      const places = layout(corners);
      root.hidden = false;
      root.dataset.moving = moving ? 'yes' : 'no';
      const { middle, width, height, angle } = places;
      box.style.width = `${width.toFixed(1)}px`;
      box.style.height = `${height.toFixed(1)}px`;
      box.style.transform = `translate(${middle[0].toFixed(1)}px, ${middle[1].toFixed(1)}px) rotate(${angle.toFixed(5)}rad) translate(-50%, -50%)`;
      if (moving) return;
      // An object that is larger than the view has its handles at the edges of the view.
      const large =
        places.covers([size.width / 2, size.height / 2]) &&
        !places.corners.some((corner) => isIn(corner, size));
      handles.forEach((handle, k) => {
        put(handle, places.corners[k], size, !large && !isIn(places.corners[k], size));
      });
      const [up, down] = freeSides(places.sides, size);
      put(turn, places.sides[up ?? 0], size, up === null && !large);
      put(flip, places.sides[down ?? 2], size, down === null && !large);
    },
    name(name, { scale, angle, flip: mirrored }) {
      box.setAttribute('aria-label', name);
      handles[0].setAttribute('aria-valuenow', String(Math.round(100 * scale)));
      handles[0].setAttribute('aria-valuetext', `${percent(scale)} of the width of the picture`);
      turn.setAttribute('aria-valuenow', String(degrees(angle)));
      turn.setAttribute('aria-valuetext', `${degrees(angle)}°`);
      flip.setAttribute('aria-pressed', String(mirrored));
    },
    announce(text) {
      status.textContent = text;
    },
  };
};
