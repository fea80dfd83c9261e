// Reads the keys and the buttons that change the view of all pictures, and the keys of the answers.
const PAN = { arrowleft: [60, 0], arrowright: [-60, 0], arrowup: [0, 60], arrowdown: [0, -60] };
const VIEW_KEYS = {
  '+': () => viewer.zoom(1),
  '=': () => viewer.zoom(1),
  '-': () => viewer.zoom(-1),
  0: viewer.reset,
};
const HOLD_KEYS = { f: viewer.flip, c: viewer.compare, o: viewer.outline };
const isShown = () => ['shown', 'ready', 'sending', 'feedback'].includes(stage.dataset.state);

// Returns true where the key changes the view.
const changeView = (key, event) => {
  if (event.shiftKey && PAN[key]) viewer.pan(...PAN[key]);
  else if (HOLD_KEYS[key]) event.repeat || HOLD_KEYS[key](true);
  else if (VIEW_KEYS[key]) VIEW_KEYS[key]();
  else return false;
  return true;
};
document.addEventListener('keydown', (event) => {
  if (
    !element.isConnected ||
    !stage.offsetParent ||
    stage.inert ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  )
    return;
  if (event.target.closest?.('input, textarea, select, .nav')) return;
  const key = event.key.toLowerCase();
  if (key === ' ' && event.target.closest?.('.trial button')) return; // presses that button
  if (isShown() && changeView(key, event)) {
    event.preventDefault();
    return;
  }
  if (key === 'backspace' && !event.repeat) undo();
  const graded = trial?.graded && !asked && GRADES[key];
  const [choice, grade] = graded || [(trial?.further.length ? BEST : ANSWERS)[key], 1];
  if (!choice || event.shiftKey) return;
  event.preventDefault();
  if (!event.repeat) answer(choice, grade, 'keyboard');
});
document.addEventListener('keyup', (event) => HOLD_KEYS[event.key.toLowerCase()]?.(false));
addEventListener('blur', () => {
  viewer.flip(false);
  viewer.compare(false);
  viewer.outline(false);
});

const tools = find('.trial-tools');
const VIEW_BUTTONS = { in: () => viewer.zoom(1), out: () => viewer.zoom(-1), fit: viewer.reset };
tools.addEventListener('click', (event) => {
  VIEW_BUTTONS[event.target.closest('button')?.dataset.view]?.();
});
listenForHolding(find('[data-view=flip]'), viewer.flip, () => viewer.flipped);
listenForHolding(find('[data-view=reference]'), viewer.compare, () => viewer.behind);
listenForHolding(find('[data-view=outline]'), viewer.outline, () => viewer.outlined);
new ResizeObserver(() => viewer.fit()).observe(board);
addEventListener('resize', () => viewer.fit());
