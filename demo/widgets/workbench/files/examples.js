// Shows the examples as thumbnails; a click opens one. Of several quick clicks the last one counts.
const KEY = 'harmonylab-examples';
const MOST = 20;

// Returns the pairs of an earlier visit: after a reload an example is still known as one.
const readOpened = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
};

export const examples = (bench, root) => {
  const row = root.querySelector('.wb-examples');
  const opened = new Map(readOpened()); // the background of an example -> its index
  let running = null;
  const buttons = (bench.value.examples ?? []).map(({ title, thumb }, index) => {
    const button = Object.assign(document.createElement('button'), { type: 'button', title });
    button.dataset.index = index;
    button.setAttribute('aria-pressed', 'false');
    button.append(Object.assign(new Image(), { src: thumb, alt: title }));
    return button;
  });
  row.replaceChildren(...buttons);

  const mark = (index) => {
    for (const button of buttons)
      button.setAttribute('aria-pressed', String(Number(button.dataset.index) === index));
  };
  const open = async (index) => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    mark(index);
    bench.busy('example', 'Opening the example…');
    try {
      const { document, files } = await bench.server.post(`/examples/${index}`, {}, { signal: mine.signal });
      if (running !== mine) return;
      opened.set(document.background, index);
      localStorage.setItem(KEY, JSON.stringify([...opened].slice(-MOST)));
      bench.addFiles(files);
      bench.open(document, bench.document ? `Open “${bench.value.examples[index]?.title}”` : null);
    } catch (error) {
      if (running === mine) bench.say(error.message, 'error');
    } finally {
      if (running === mine) {
        running = null;
        bench.busy('example', null);
      }
    }
  };
  row.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button) open(Number(button.dataset.index));
  });
  bench.on('document', () => {
    if (running) return;
    mark(opened.get(bench.document?.background) ?? -1);
  });
  bench.offer('example-title', () => bench.value.examples[opened.get(bench.document?.background)]?.title);
  bench.offer('is-example', () => opened.has(bench.document?.background));
  bench.offer('example', open);
  // What the visitor opens takes the place of an example that is still on its way.
  bench.offer('stop-example', () => running?.abort());
};
