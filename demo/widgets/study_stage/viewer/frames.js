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
// Returns the number of columns in which pictures of this size are largest. space, gap: in CSS pixels.
const columnsFor = (count, [width, height], space, gap) => {
  const scale = (columns) => {
    const rows = Math.ceil(count / columns);
    const room = [columns, rows].map((parts, axis) => (space[axis] - gap * (parts - 1)) / parts);
    return Math.min(room[0] / width, room[1] / height);
  };
  const possible = Array.from({ length: count }, (_, index) => index + 1);
  return possible.reduce((best, columns) => (scale(columns) >= scale(best) ? columns : best));
};
// Puts three or four frames into a grid; the style sheet places those of a pair.
const placeFrames = (area, size) => {
  const count = area.children.length;
  area.classList.toggle('several', count > 2);
  if (count === 2) {
    area.style.gridTemplate = '';
    return;
  }
  const gap = Number.parseFloat(getComputedStyle(area).columnGap) || 0;
  const box = area.getBoundingClientRect();
  const columns = columnsFor(count, size, [box.width, box.height], gap);
  const rows = Math.ceil(count / columns);
  area.style.gridTemplate = `repeat(${rows}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))`;
};
