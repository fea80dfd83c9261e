// Uploads files with a percentage and a way to stop. While it runs, nothing acts on the picture that is open.
export const createUploads = (bench, root) => {
  const cancel = root.querySelector('.wb-cancel');
  let running = null;

  const lock = (on) => {
    root.dataset.uploading = on ? 'yes' : 'no';
    for (const name of ['.wb-panels', '.wb-foot', '.wb-offer', '[data-slot=variants]']) {
      const part = root.querySelector(name);
      if (part) part.inert = on;
    }
    cancel.hidden = !on;
  };
  const stop = () => running?.abort(new DOMException('', 'AbortError'));
  cancel.addEventListener('click', stop);

  const send = async (given, kind, share, signal) => {
    const name = given.file.name || 'picture.png';
    const onProgress = (part) => {
      const percent = Math.min(99, Math.round(100 * (share.from + part * share.part)));
      bench.busy('upload', part < 1 ? `Uploading ${name}, ${percent} %` : `Reading ${name}…`);
    };
    onProgress(0);
    return bench.server.upload(given.file, kind, onProgress, { signal, name });
  };
  return {
    stop,
    // Uploads one file after another and returns their facts. Throws where one is refused or it was stopped: then nothing has changed.
    // list: [{given, kind}]; given: see recognize.js.
    async upload(list) {
      stop();
      const mine = new AbortController();
      running = mine;
      lock(true);
      const total = list.reduce((sum, { given }) => sum + given.file.size, 0) || 1;
      let from = 0;
      const facts = [];
      try {
        for (const { given, kind } of list) {
          const part = given.file.size / total;
          facts.push(await send(given, kind, { from, part }, mine.signal));
          from += part;
        }
        bench.addFiles(facts);
        return facts;
      } finally {
        if (running === mine) {
          running = null;
          lock(false);
          bench.busy('upload', null);
        }
      }
    },
  };
};
