// Maps keys to actions. The help sheet lists them.
const NAMES = { ' ': 'Space', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓' };
const TEXT =
  'input:not([type=range], [type=checkbox], [type=radio], [type=button], [type=file]), textarea, select, [contenteditable]';

// Returns the name of a pressed key: 'z', 'Ctrl+z', 'Ctrl+Shift+z', '?'. Ctrl and the command key are the same.
export const keyOf = (event) => {
  const letter = event.key.length === 1;
  const name = letter ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && (!letter || /[a-z]/.test(name));
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${name}`;
};

// Returns a key as people read it.
export const shown = (key) =>
  key
    .split(/(?<=.)\+/)
    .map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' + ');

// Returns `keys(key, label, action)`. An action is a function, or {down, up} for a key that is held. A key that is registered again takes
// the new action. `keys.list()` returns [{key, label}].
export const createKeys = (root) => {
  const actions = new Map();
  let held = null;
  const release = () => {
    held?.action.up?.();
    held = null;
  };
  const onDown = (event) => {
    const found = actions.get(keyOf(event));
    if (!found || !root.isConnected || event.defaultPrevented) return;
    if (event.target.closest?.(TEXT) || document.querySelector('dialog[open]')) return;
    // Space and Enter belong to the control that has the focus.
    if (
      (event.key === ' ' || event.key === 'Enter') &&
      event.target.closest?.('button, a, summary, input, [role=tab]')
    )
      return;
    event.preventDefault();
    if (typeof found.action === 'function') {
      found.action(event);
    } else if (!event.repeat) {
      release();
      held = { key: event.key, action: found.action };
      found.action.down(event);
    }
  };
  document.addEventListener('keydown', onDown);
  document.addEventListener('keyup', (event) => {
    if (held && event.key.toLowerCase() === held.key.toLowerCase()) release();
  });
  addEventListener('blur', release);
  const keys = (key, label, action) => {
    actions.set(key, { label, action });
  };
  keys.list = () => [...actions].map(([key, { label }]) => ({ key, label }));
  return keys;
};
