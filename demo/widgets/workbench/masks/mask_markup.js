// Holds the markup of the mask dialog, and draws the marks above its picture.
const TOOLS = [
  ['add', 'Add part', 'A', 'Click a part of the object to add it'],
  ['remove', 'Remove part', 'R', 'Click a part that does not belong to the object'],
  ['box', 'Box', 'B', 'Drag a box around the object'],
  ['brush', 'Brush', 'P', 'Paint the object'],
  ['eraser', 'Eraser', 'E', 'Remove what you paint over'],
  ['move', 'Move', 'H', 'Move the picture; with any tool, hold the space bar'],
];
export const TOOL_KEYS = Object.fromEntries(TOOLS.map(([name, , key]) => [key.toLowerCase(), name]));
export const HINTS = {
  add: 'Click on the object, or on a part that is missing.',
  remove: 'Click on a part that does not belong to the object.',
  box: 'Drag a box around the object.',
  brush: 'Paint over the object.',
  eraser: 'Paint over what does not belong to the object.',
  move: 'Drag the picture. Two fingers or the wheel zoom.',
};

const tools = TOOLS.map(
  ([name, label, key, hint]) =>
    `<button type="button" data-tool="${name}" aria-pressed="false" title="${hint} (${key})">${label}</button>`,
).join('');

export const MARKUP = `
  <div class="mask-bar">
    <div class="mask-group" role="group" aria-label="Tool">${tools}</div>
    <div class="mask-group mask-sizes">
      <label>Size <input type="range" name="size" min="4" max="160" value="40"></label>
      <label>Softness <input type="range" name="feather" min="0" max="100" value="20"></label>
    </div>
    <div class="mask-group" role="group" aria-label="Whole mask">
      <button type="button" data-do="main" title="Find the main object of the picture (M)">Main object</button>
      <button type="button" data-do="refine" title="Find hair and soft edges (F)">Refine edge</button>
      <button type="button" data-do="invert" title="Exchange object and background (I)">Invert</button>
      <button type="button" data-do="clear" title="Start with an empty mask">Clear</button>
    </div>
    <div class="mask-group" role="group" aria-label="History">
      <button type="button" data-do="undo" title="Ctrl + Z" disabled>Undo</button>
      <button type="button" data-do="redo" title="Ctrl + Shift + Z" disabled>Redo</button>
    </div>
    <div class="mask-group" role="group" aria-label="Zoom">
      <button type="button" data-do="zoom-out" aria-label="Zoom out" title="Zoom out (−)">−</button>
      <button type="button" data-do="fit" title="Show the whole picture (0)">Fit</button>
      <button type="button" data-do="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button>
    </div>
  </div>
  <div class="mask-view" tabindex="0" role="application"
    aria-label="Picture with the mask. Arrow keys move the pointer, Enter uses the tool.">
    <div class="mask-sheet"><img alt="" draggable="false"><canvas></canvas><svg aria-hidden="true"><rect class="mask-box" hidden></rect>
      <circle class="mask-tip" hidden></circle></svg></div>
  </div>
  <div class="mask-foot"><span class="mask-note" role="status"></span>
    <button type="button" data-do="close">Cancel</button>
    <button type="button" data-do="use" class="mask-use">Use this mask</button></div>`;

const show = (shape, on) => {
  shape.style.display = on ? '' : 'none';
};

// Draws the box that is being dragged ([x0, y0, x1, y1] in 0-1, or null) and the pointer's circle (place or null, radius in CSS pixels).
export const drawMarks = (svg, frame, { box, place, radius }) => {
  const rect = svg.querySelector('rect');
  const circle = svg.querySelector('circle');
  for (const shape of [rect, circle]) shape.removeAttribute('hidden');
  show(rect, box);
  show(circle, place);
  if (box) {
    rect.setAttribute('x', box[0] * frame.width);
    rect.setAttribute('y', box[1] * frame.height);
    rect.setAttribute('width', (box[2] - box[0]) * frame.width);
    rect.setAttribute('height', (box[3] - box[1]) * frame.height);
  }
  if (place) {
    circle.setAttribute('cx', place.x * frame.width);
    circle.setAttribute('cy', place.y * frame.height);
    circle.setAttribute('r', radius);
  }
};
