// Makes as many frames as a trial has pictures. In each lie the reference, the pictures that can be shown in its
// place, and its own picture on top.
const SIDES = ['left', 'right'];
const nameOf = (place, count) => (count > 2 ? String(place + 1) : 'AB'[place]);

const arrangeFrames = (area, count) => {
  while (area.children.length > count) area.lastElementChild.remove();
  while (area.children.length < count) area.append(area.firstElementChild.cloneNode(true));
  for (const [place, figure] of [...area.children].entries()) {
    const name = nameOf(place, count);
    figure.dataset.side = SIDES[place] ?? name;
    figure.querySelector('figcaption').textContent = name;
    const own = figure.querySelector('.own');
    own.alt = `Picture ${name}`;
    const others = [...figure.querySelectorAll('.other')];
    for (const more of others.slice(count - 1)) more.remove();
    for (let number = others.length; number < count - 1; number += 1) own.before(others[0].cloneNode());
  }
};
// Returns the number of columns in which pictures are largest, the most where several are equal. sizes: as stored;
// room: of all cells, gap: between them, around: of each cell beside its picture, all in CSS pixels.
const columnsFor = (count, sizes, room, gap, around) => {
  const cell = (columns) =>
    [columns, Math.ceil(count / columns)].map(
      (parts, axis) => (room[axis] - gap * (parts - 1)) / parts - around[axis],
    );
  const shown = (columns) => fitted(sizes, cell(columns), devicePixelRatio || 1).pixels[0];
  const possible = count === 4 ? [1, 2, 4] : [1, 2, 3];
  return possible.reduce((best, columns) => (shown(columns) >= shown(best) ? columns : best));
};
// Puts three or four frames into a grid, close to each other; the style sheet places those of a pair.
const placeFrames = (area, sizes) => {
  const count = area.children.length;
  area.classList.toggle('several', count > 2);
  area.style.gridTemplate = '';
  if (count === 2) return;
  const size = (one) => {
    const box = one.getBoundingClientRect();
    return [box.width, box.height];
  };
  const gap = Number.parseFloat(getComputedStyle(area).columnGap) || 0;
  const room = size(area);
  const inner = size(area.querySelector('.trial-space'));
  const around = size(area.firstElementChild).map((length, axis) => length - inner[axis]);
  const columns = columnsFor(count, sizes, room, gap, around);
  const rows = Math.ceil(count / columns);
  const high = (room[1] - gap * (rows - 1)) / rows - around[1];
  const wide = Math.ceil((high * sizes[0][0]) / sizes[0][1] + around[0]);
  area.style.gridTemplate = `repeat(${rows}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, ${wide}px))`;
};
