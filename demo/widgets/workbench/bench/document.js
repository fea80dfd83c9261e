// Holds the document with its history. Whole documents are kept; edits are shared between them, so a step costs little.
const MOST_STEPS = 200;
const MOST_OBJECTS = 12;

export const newObject = (id, name, parts) => ({
  id,
  name,
  visible: true,
  mask: null,
  cutout: null,
  placement: null,
  edit: null,
  opacity: 1,
  shadow: null,
  answer: null,
  controls: null,
  ...parts,
});

export const newDocument = (background, objects = []) => ({
  version: 1,
  background,
  objects,
  reference: null,
});

// Returns an id that no object of the document has.
export const freeId = (document) => {
  const taken = new Set(document.objects.map((object) => object.id));
  let number = 1;
  while (taken.has(`o${number}`)) number += 1;
  return `o${number}`;
};

export const hasPlace = (document) => document.objects.length < MOST_OBJECTS;

// Returns a copy to change. Edits and answers hold thousands of numbers: they are replaced as a whole, never changed, and not copied.
const draftOf = (document) => ({
  ...document,
  objects: document.objects.map(({ edit, answer, ...rest }) => ({ ...structuredClone(rest), edit, answer })),
  reference: structuredClone(document.reference),
});

// `changed` is called after every change with true where the change is one to keep.
export const createHistory = (changed) => {
  let current = null; // the document as drawn
  let kept = null; // the last step
  let past = [];
  let future = [];

  const apply = (change, from = current) => {
    const draft = draftOf(from);
    change(draft);
    return draft;
  };
  const move = (from, to) => {
    if (current !== kept) {
      // What was only tried is undone first.
      current = kept;
    } else if (from.length) {
      const step = from.pop();
      to.push({ label: step.label, document: kept });
      kept = step.document;
      current = kept;
    } else return null;
    changed(true);
    return true;
  };
  return {
    get current() {
      return current;
    },
    get undoLabel() {
      return past.at(-1)?.label ?? null;
    },
    get redoLabel() {
      return future.at(-1)?.label ?? null;
    },
    // Starts anew: there is nothing to undo.
    reset(document) {
      past = [];
      future = [];
      current = document;
      kept = document;
      changed(false);
    },
    // Puts another document in the place of this one, as a step.
    replace(label, document) {
      if (kept) past = [...past, { label, document: kept }].slice(-MOST_STEPS);
      future = [];
      current = document;
      kept = document;
      changed(true);
    },
    change(label, change) {
      if (!current) return;
      this.replace(label, apply(change));
    },
    try(change) {
      if (!current) return;
      current = apply(change);
      changed(true);
    },
    // Changes the last step itself: for what arrives later and belongs to it, as an answer of the model does.
    amend(change) {
      if (!current) return;
      const tried = current !== kept;
      kept = apply(change, kept);
      current = tried ? apply(change) : kept;
      changed(true);
    },
    undo: () => move(past, future),
    redo: () => move(future, past),
  };
};
