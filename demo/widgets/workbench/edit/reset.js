// Sets the selected object back to what the model answered.
import { resetControls } from './controls.js';

export const reset = (bench) => {
  const act = () => {
    if (bench.object?.answer) resetControls(bench);
  };
  bench.offer('reset', act);
  bench.keys('r', 'Reset to the answer', act);
};
