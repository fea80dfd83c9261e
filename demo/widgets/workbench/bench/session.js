// Restores the session of this browser, and saves every change.
const DELAY = 700; // milliseconds

export const session = async (bench, root) => {
  let timer = 0;
  let saving = null;
  const save = async () => {
    saving?.abort();
    const mine = new AbortController();
    saving = mine;
    try {
      await bench.server.save(bench.document, { signal: mine.signal });
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error.status === 404 || error.status === 401)
        bench.say('This picture was deleted after a day. Please open it again.', 'error');
      else bench.say(error.message, 'error');
    } finally {
      if (saving === mine) {
        saving = null;
        root.dataset.saved = timer ? 'no' : 'yes';
      }
    }
  };
  bench.on('document', (changed) => {
    if (!changed || !bench.document) return;
    root.dataset.saved = 'no';
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      save();
    }, DELAY);
  });
  try {
    const kept = await bench.server.session();
    bench.addFiles(kept.files ?? {});
    if (kept.batch) bench.ask('batch-again', kept.batch);
    if (kept.document) bench.open(kept.document);
    else if (!bench.document) await bench.ask('example', 0);
  } catch (error) {
    bench.say(error.message, 'error');
  }
  root.dataset.state = 'ready';
  bench.emit('begun');
};
