// Shows the examples as thumbnails; a click opens one. Of several quick clicks the last one counts.
export const examples = (bench, root) => {
  const row = root.querySelector('.wb-examples');
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
    const title = bench.files[bench.document?.background]?.example;
    mark(buttons.findIndex((button) => button.title === title));
  });
  bench.offer('example', open);
  // What the visitor opens takes the place of an example that is still on its way.
  bench.offer('stop-example', () => running?.abort());
};
