// Lets parts of the workbench listen to each other.
export const createEvents = () => {
  const listeners = new Map();
  return {
    // Returns a function that ends the listening.
    on(name, callback) {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(callback));
      return () => all.delete(callback);
    },
    emit(name, value) {
      for (const callback of [...(listeners.get(name) ?? [])]) callback(value);
    },
  };
};
