// Changes the controls of the selected object, and makes its edit anew.
import { compose, neutral } from './compose.js';

// Returns the controls of an object, complete.
export const controlsOf = (object) => {
  const base = neutral();
  return { ...base, ...object?.controls, curves: { ...base.curves, ...object?.controls?.curves } };
};

// Makes the edit of an object of a draft from its answer and its controls.
export const recompose = (bench, object) => {
  object.edit = compose(object.answer, controlsOf(object), bench.stage.matteGrid(object));
};

const draftChange = (bench, mutate) => (draft) => {
  const object = draft.objects.find(({ id }) => id === bench.object?.id);
  if (!object) return;
  object.controls = structuredClone(controlsOf(object));
  mutate(object.controls, object);
  recompose(bench, object);
};

// Changes controls while a pointer moves, without a step in the history.
export const tryControls = (bench, mutate) => bench.try(draftChange(bench, mutate));

// Changes controls as one step that can be undone.
export const setControls = (bench, label, mutate) => bench.change(label, draftChange(bench, mutate));

// Sets the selected object to the answer of the model.
export const resetControls = (bench) =>
  setControls(bench, 'Reset to the answer', (controls, object) => {
    Object.assign(controls, neutral());
    object.opacity = 1;
  });
