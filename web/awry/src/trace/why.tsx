// "Why?" for one trace, on its page: what is being looked at, then the cause or that there is none.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from '../api';
import { count } from '../format';
import { CauseView } from '../parts/cause';
import { Glyph, Say } from '../parts/marks';
import { Sentence } from '../parts/sentence';
import { streamWhy } from './api';
import type { Step } from './api';

export type Asked = { state: 'idle' } | { state: 'asking'; step: Step } | { state: 'failed'; message: string } | { state: 'answered'; answer: Answer };

export function useWhy(traceId: string): { asked: Asked; ask: () => void; stop: () => void } {
  const [asked, set] = useState<Asked>({ state: 'idle' });
  const running = useRef<AbortController | null>(null);
  const stop = () => { running.current?.abort(); running.current = null; set({ state: 'idle' }); };
  const ask = () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    set({ state: 'asking', step: { step: '', done: 0 } });
    streamWhy(traceId, (step) => { if (running.current === mine) set({ state: 'asking', step }); }, mine.signal).then(
      (answer) => { if (running.current === mine) set({ state: 'answered', answer }); },
      (e: Error) => { if (running.current === mine) set({ state: 'failed', message: e.message }); });
  };
  useEffect(() => () => running.current?.abort(), []);
  return { asked, ask, stop };
}

export function Why({ asked, ask, stop }: { asked: Asked; ask: () => void; stop: () => void }) {
  switch (asked.state) {
    case 'idle': return null;
    case 'asking': return (
      <Say state="Searching" busy title="Comparing with like traces">
        <div class="prog" role="progressbar" aria-label="why" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(asked.step.done * 100)}><i style={{ width: `${Math.round(asked.step.done * 100)}%` }} /></div>
        <p class="gloss" aria-live="polite">{asked.step.step || 'asked'} <button class="btn" onClick={stop}>Stop</button></p>
      </Say>
    );
    case 'failed': return <Say state="No answer" glyph="error" title={asked.message}><p><button class="btn" onClick={ask}>Ask again</button></p></Say>;
    case 'answered': return <Answered answer={asked.answer} />;
  }
}

function Answered({ answer }: { answer: Answer }) {
  const cause = answer.causes.find((c) => c.kind !== 'context');
  const { traces, searched } = answer;
  const compared = `${count(traces.bad)} wrong and ${count(traces.good)} other traces were compared in ${count(searched.facts)} facts and ${count(searched.relations)} relations.`;
  if (!cause) {
    return (
      <Say state="No cause" glyph="right" title="No cause found">
        <p class="gloss">{compared}</p>
        {(searched.notes ?? []).map((note) => <p class="gloss" key={note}>{note}</p>)}
        <ul>{searched.too_weak.slice(0, 5).map((t) => <li class="dim" key={t}><Sentence text={t} /></li>)}</ul>
      </Say>
    );
  }
  return (
    <section class="sec">
      <div class="rail"><p class="state c-wrong"><Glyph name="wrong" />Why</p><p>{compared}</p></div>
      <div><CauseView cause={cause} /></div>
    </section>
  );
}
