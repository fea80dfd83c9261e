// Offers to find the object where a picture is open without one, and asks for the mask of an object.
export const findObject = (bench, root) => {
  const offer = document.createElement('div');
  offer.className = 'wb-offer';
  offer.hidden = true;
  offer.innerHTML = `<p>Which part was pasted, or should change?</p><div>
    <button type="button" class="wb-button main" data-do="mark">Mark it</button>
    <button type="button" class="wb-button" data-do="main">Find the main object</button>
    <button type="button" class="wb-button" data-do="file">Add a mask or a cut-out…</button></div>`;
  root.querySelector('.wb-view').append(offer);

  const main = async () => {
    const { background } = bench.document;
    bench.busy('mask', 'Finding the main object…');
    offer.inert = true;
    try {
      const facts = await bench.server.post('/masks', { file: background });
      if (bench.document.background === background) bench.ask('use-mask', facts, null);
    } catch (error) {
      bench.say(error.message, 'error');
    } finally {
      offer.inert = false;
      bench.busy('mask', null);
    }
  };
  // Opens the mask dialog for an object, or for a new one where id is null. `mask` is offered by the mask dialog: it returns the facts of
  // the mask, or null where the visitor stops.
  const mark = async (id = null) => {
    const object = bench.document.objects.find((one) => one.id === id);
    const asked = bench.ask('mask', { picture: bench.document.background, mask: object?.mask ?? null });
    if (asked === undefined) {
      await main();
      return;
    }
    const facts = await asked;
    if (facts) bench.ask('use-mask', facts, id);
  };
  offer.addEventListener('click', (event) => {
    const action = event.target.closest('button')?.dataset.do;
    if (action === 'main') main();
    if (action === 'mark') mark();
    if (action === 'file') bench.ask('choose-file');
  });
  for (const name of ['pointerdown', 'dblclick'])
    offer.addEventListener(name, (event) => event.stopPropagation());
  const draw = () => {
    offer.hidden = !bench.document || bench.document.objects.length > 0;
  };
  bench.on('document', draw);
  bench.offer('find-object', mark);
};
