// Shows messages and what is in progress.
const SHORT = 6000; // milliseconds that good news stay

export const createMessages = (root) => {
  const area = root.querySelector('.wb-messages');
  const progress = root.querySelector('.wb-progress');
  const line = root.querySelector('.wb-line');
  const busy = new Map();
  let timer = 0;

  const clear = () => {
    clearTimeout(timer);
    area.replaceChildren();
  };
  area.addEventListener('click', (event) => {
    if (event.target.closest('.wb-close')) clear();
  });
  return {
    clear,
    // kind: 'error', 'note' or 'good'.
    say(text, kind = 'note') {
      clear();
      if (!text) return;
      const note = document.createElement('p');
      note.className = `notice ${kind === 'error' ? '' : 'good'}`;
      note.setAttribute('role', kind === 'error' ? 'alert' : 'status');
      const words = Object.assign(document.createElement('span'), { textContent: text });
      const close = Object.assign(document.createElement('button'), {
        type: 'button',
        className: 'wb-close',
        textContent: '×',
      });
      close.setAttribute('aria-label', 'Close this message');
      note.append(words, close);
      area.append(note);
      if (kind !== 'error') timer = setTimeout(clear, SHORT);
    },
    busy(name, text) {
      if (text) busy.set(name, text);
      else busy.delete(name);
      const now = [...busy.values()].at(-1) ?? '';
      progress.hidden = !now;
      root.querySelector('.wb-progress-text').textContent = now;
      root.dataset.busy = now ? 'yes' : 'no';
    },
    isBusy: (name) => busy.has(name),
    // Tells that the line to the server is gone, or back.
    online(on) {
      line.hidden = on;
    },
  };
};
