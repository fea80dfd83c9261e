// Keeps a batch on the server, so that it goes on after the page was left: which files are there, what is finished, what was chosen.
const DELAY = 400; // milliseconds
const LOCK = 'harmonylab-batch';
const PATIENCE = 15_000; // milliseconds that a page that is being left may hold the lock

// Holds a batch for one tab: all tabs of a browser have one session. `server` as in bench/server.js.
export const createKeeper = (server) => {
  let timer = 0;
  let free = null; // gives the lock back
  let saved = false;

  const lock = (options) =>
    new Promise((resolve) => {
      const { locks } = navigator; // browsers have none on a plain address that is not of this machine
      const hold = (given) =>
        new Promise((release) => {
          if (given) free = release;
          else release();
          resolve(Boolean(given));
        });
      if (locks) locks.request(LOCK, options, hold).catch(() => resolve(false));
      else hold(true);
    });
  return {
    // Returns true where this tab may keep the batch. waits: for a page of this tab that is just being left.
    take: async (waits) =>
      free !== null || lock(waits ? { signal: AbortSignal.timeout(PATIENCE) } : { ifAvailable: true }),
    // Saves at once the first time, later after a moment; `state` is called then.
    save(state) {
      if (!free || timer) return;
      timer = setTimeout(
        () => {
          timer = 0;
          server.put('/batch', state()).catch(() => {}); // a batch that is not kept goes on as well
        },
        saved ? DELAY : 0,
      );
      saved = true;
    },
    async clear() {
      clearTimeout(timer);
      timer = 0;
      saved = false;
      await server.post('/batch/clear').catch(() => {});
      free?.();
      free = null;
    },
  };
};

// Returns what is kept of a batch. sources: Map of a name to a File or an id, or null.
export const stateOf = ({ sources, pairs, done, edit, kind, running }) => ({
  sources: Object.fromEntries(
    [...sources].map(([name, file]) => [name, typeof file === 'string' ? file : null]),
  ),
  pairs,
  ...done,
  edit,
  kind,
  running,
});

// Returns the names of files that are needed for what is not done, and are neither here nor on the server.
export const missing = ({ sources, pairs, done }) => {
  const known = new Set([...(done?.finished ?? []), ...(done?.failed ?? [])].map(({ item }) => item));
  const needed = pairs
    .filter(({ picture }) => !known.has(picture))
    .flatMap(({ picture, mask }) => [picture, mask]);
  return needed.filter((name) => name && !sources.get(name));
};
