// Holds one build of the page: its settings are saved as they change, and its state is read from the server.

const WAIT = 350; // milliseconds after the last key before settings are saved
const LOOK = 1000; // milliseconds between two looks at a running task

export const isBusy = ({ state }) => state === 'waiting' || state === 'running';

// catalog: what GET builds answers. build: what GET builds/ID answers.
export const createWork = (api, catalog, first) => {
  const path = `builds/${first.id}`;
  const settings = structuredClone(first.settings);
  const listeners = new Set();
  let build = first;
  let changed = new Set();
  let timer = 0;
  let looking = 0;
  let saving = Promise.resolve();

  const show = (next) => {
    build = next;
    for (const listener of listeners) listener(build);
    clearTimeout(looking);
    if (isBusy(build)) looking = setTimeout(look, LOOK);
  };
  const fail = (error) => {
    for (const listener of listeners) listener(build, error.message);
  };
  const look = async () => {
    try {
      show(await api.get(path));
    } catch (error) {
      fail(error);
      looking = setTimeout(look, 2 * LOOK); // the server may be starting again
    }
  };
  const save = () => {
    clearTimeout(timer);
    if (!changed.size) return saving;
    const tables = Object.fromEntries([...changed].map((name) => [name, settings[name] ?? null]));
    changed = new Set();
    saving = saving.then(() => api.post(`${path}/settings`, tables)).then(show, fail);
    return saving;
  };

  return {
    api,
    catalog,
    settings,
    get build() {
      return build;
    },
    table: (name) => settings[name] ?? {},
    // Sets a key of a table; null removes it. Saved a moment later.
    change(name, key, value) {
      const table = { ...settings[name] };
      if (value === null || value === '') delete table[key];
      else table[key] = value;
      this.replace(name, table);
    },
    replace(name, table) {
      settings[name] = table;
      changed.add(name);
      clearTimeout(timer);
      timer = setTimeout(save, WAIT);
    },
    save,
    // Calls an action of the build, such as 'check', after what was typed is saved.
    async act(action, body) {
      await save();
      try {
        show(await api.post(`${path}/${action}`, body));
      } catch (error) {
        fail(error);
      }
    },
    async reload() {
      await save();
      try {
        show(await api.get(path));
      } catch (error) {
        fail(error);
      }
    },
    on(listener) {
      listeners.add(listener);
    },
    // Resolves when what was typed is saved.
    end() {
      clearTimeout(looking);
      listeners.clear();
      return save();
    },
    start: () => show(build),
  };
};
