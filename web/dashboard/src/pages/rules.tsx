// Rules: what they look for, what they set, and a dry run before anything is written.
import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { useTitle } from '../frame';
import { t, tn } from '../i18n';
import { applyRule, deleteRule, type Rule, rules, saveRule, undoBatch } from '../ledger_api';
import { useLoad } from '../load';
import { RuleEditor } from '../parts/rule_editor';
import { Section } from '../parts/section';
import { Empty, Shown, wordsFor } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { go, usePlace } from '../route';
import { actionText, conditionText, type Draft, draftOf, emptyDraft } from '../rules';

export function RulesPage() {
  const { acting } = useApp();
  const { query } = usePlace();
  const loaded = useLoad(rules, []);
  const wanted = query.get('merchant');
  const [draft, setDraft] = useState<Draft | null>(() => (wanted ? emptyDraft(wanted, query.get('category') ?? '') : null));
  useTitle(t('nav.rules'));
  const finish = () => {
    setDraft(null);
    if (wanted) go('/rules', true);
    loaded.reload();
  };
  const all = loaded.value ?? [];
  const own = all.filter((rule) => rule.state !== 'proposed');
  const proposed = all.filter((rule) => rule.state === 'proposed');
  return (
    <>
      <div class="head">
        <div><h1>{loaded.value ? tn('rules.title', own.filter((rule) => rule.state === 'active').length) : t('nav.rules')}</h1><p>{t('rules.text')}</p></div>
        {acting.may_edit && !draft && <div class="tools"><button type="button" class="btn main" onClick={() => setDraft(emptyDraft())}>{t('rules.new')}</button></div>}
      </div>
      {draft && <RuleEditor key={draft.id ?? 'new'} start={draft} onDone={finish} onCancel={finish} />}
      <Shown loaded={loaded} rows={5}>
        {() => (
          <>
            {proposed.length > 0 && (
              <Section title={t('rules.proposed')} note={t('rules.proposed.note')}>
                <ul>{proposed.map((rule) => <RuleRow key={rule.id} rule={rule} onEdit={() => setDraft(draftOf(rule))} onChange={loaded.reload} />)}</ul>
              </Section>
            )}
            {own.length > 0 && (
              <Section title={t('rules.own')} note={t('rules.own.note')}>
                <ul>{own.map((rule) => <RuleRow key={rule.id} rule={rule} onEdit={() => setDraft(draftOf(rule))} onChange={loaded.reload} />)}</ul>
              </Section>
            )}
            {all.length === 0 && !draft && (
              <Empty title={t('rules.none')}>
                <p>{t('rules.none.text')}</p>
                {acting.may_edit && <button type="button" class="btn main" onClick={() => setDraft(emptyDraft())}>{t('rules.new')}</button>}
              </Empty>
            )}
          </>
        )}
      </Shown>
    </>
  );
}

function RuleRow({ rule, onEdit, onChange }: { rule: Rule; onEdit: () => void; onChange: () => void }) {
  const { acting } = useApp();
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>, told: (answer: unknown) => void) => {
    if (busy) return;
    setBusy(true);
    try {
      told(await work());
      onChange();
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      sayError(`${what} ${more}`);
    } finally {
      setBusy(false);
    }
  };
  const { id, hits: _hits, origin: _origin, ...plain } = rule;
  const turn = (state: Rule['state']) => run(() => saveRule({ ...plain, state, active: state === 'active' }, id),
    () => say(t(state === 'active' ? 'rules.is_on' : 'rules.is_off', { name: rule.name })));
  const apply = () => run(() => applyRule(id), (answer) => {
    const { changed } = answer as { changed: number };
    say(tn('rules.applied', changed), changed === 0 ? undefined : () => void undoBatch().then(({ restored }) => say(tn('bulk.undone', restored)), () => {}));
  });
  const drop = () => run(() => deleteRule(id), () => say(t(rule.state === 'proposed' ? 'rules.declined' : 'rules.deleted', { name: rule.name }),
    rule.state === 'proposed' ? undefined : () => void saveRule(plain).then(onChange, (failure: unknown) => sayError(wordsFor(failure).what))));
  const conditions = rule.conditions.map(conditionText).join(` ${t(rule.match === 'all' ? 'rule.and' : 'rule.or')} `);
  return (
    <li class={rule.state === 'off' ? 'rule off' : 'rule'} data-rule={rule.id}>
      <div>
        <b class="medium">{rule.name}</b> {rule.state === 'off' && <span class="tag">{t('rules.off')}</span>}
        {rule.origin === 'learned' && <span class="tag">{t('rules.learned')}</span>}
        <p>{t('rule.sentence', { conditions, actions: rule.actions.map(actionText).join(', ') })}</p>
        <p class="note">{tn('rules.hits', rule.hits)}{rule.stage !== 'normal' && ` · ${t(`rule.stage.${rule.stage}`)}`}</p>
      </div>
      {acting.may_edit && (
        <div class="acts">
          {rule.state === 'proposed' ? (
            <>
              <button type="button" class="btn main" disabled={busy} onClick={() => void turn('active')}>{t('rules.take')}</button>
              <button type="button" class="btn" onClick={onEdit}>{t('rules.look')}</button>
              <button type="button" class="btn" disabled={busy} onClick={() => void drop()}>{t('rules.decline')}</button>
            </>
          ) : (
            <>
              {rule.state === 'active' && <button type="button" class="btn" disabled={busy} onClick={() => void apply()}>{t('rules.apply')}</button>}
              <button type="button" class="btn" onClick={onEdit}>{t('rules.edit')}</button>
              <button type="button" class="btn" disabled={busy} onClick={() => void turn(rule.state === 'active' ? 'off' : 'active')}>{t(rule.state === 'active' ? 'rules.turn_off' : 'rules.turn_on')}</button>
              <button type="button" class="btn bare" disabled={busy} onClick={() => void drop()}>{t('rules.delete')}</button>
            </>
          )}
        </div>
      )}
    </li>
  );
}
