// Asks the model for the edit of every object that has none, as soon as its picture and its mask are there.
import { recompose } from './controls.js';

export const withAnswer = (bench, object, answer) => {
  object.answer = answer;
  recompose(bench, object);
};

export const answers = (bench) => {
  const asking = new Map(); // id of an object -> what was asked
  const keyOf = (object) =>
    JSON.stringify([bench.document.background, object.mask, object.cutout, bench.document.reference]);

  // again: in the place of an answer that there is, as after another part of the picture was chosen to match to.
  const ask = async (object, again = false) => {
    const key = keyOf(object);
    asking.set(object.id, key);
    bench.busy('answer', 'Matching colours and light…');
    try {
      const answer = await bench.server.post('/answer', { document: bench.document, object: object.id });
      const now = bench.document.objects.find(({ id }) => id === object.id);
      if (!now || keyOf(now) !== key || (now.answer && !again)) return;
      bench.amend((draft) => {
        const target = draft.objects.find(({ id }) => id === object.id);
        if (target && (again || !target.answer)) withAnswer(bench, target, answer.edit);
      });
      bench.facts(object.id, answer);
    } catch (error) {
      if (asking.get(object.id) === key && bench.document.objects.some(({ id }) => id === object.id))
        bench.say(error.message, 'error');
    } finally {
      bench.busy('answer', null);
    }
  };
  const look = () => {
    for (const object of bench.document?.objects ?? []) {
      const { answer, edit, mask, cutout } = object;
      if (answer || edit || !bench.files[mask ?? cutout] || asking.get(object.id) === keyOf(object)) continue;
      ask(object);
    }
  };
  bench.offer('answer-again', () => {
    for (const object of bench.document?.objects ?? [])
      if (bench.files[object.mask ?? object.cutout]) ask(object, true);
  });
  bench.on('document', look);
  bench.on('files', look);
};
