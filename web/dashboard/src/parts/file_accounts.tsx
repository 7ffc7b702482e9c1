// A file with rows of several accounts: into which account of this book each goes.
import type { FileAccount } from '../api';
import { t, tn } from '../i18n';
import { useLoad } from '../load';
import { accountsOf } from './account_choice';
import { Section } from './section';

// `onChoose` gets all choices: the name in the file → an account's id, or '' for a new one.
export function FileAccounts({ files, onChoose }: { files: FileAccount[]; onChoose: (choices: Record<string, string>) => void }) {
  const accounts = useLoad((signal) => accountsOf(signal), []);
  const choose = (name: string, id: string) => {
    onChoose({ ...Object.fromEntries(files.map((file) => [file.name, file.account])), [name]: id });
  };
  return (
    <Section title={t('file_accounts.title')} note={t('file_accounts.note')}>
      <table class="mini">
        <tbody>
          {files.map((file) => (
            <tr key={file.name}>
              <td><b class="medium">{file.name || t('file_accounts.unnamed')}</b></td>
              <td class="soft">{tn('rows', file.rows)}</td>
              <td>
                <select class="field" aria-label={t('file_accounts.into', { name: file.name || t('file_accounts.unnamed') })} value={file.account}
                  data-file-account={file.name} onChange={(event) => choose(file.name, event.currentTarget.value)}>
                  <option value="">{t('file_accounts.new')}</option>
                  {(accounts.value ?? []).filter((one) => one.closed !== true || one.id === file.account)
                    .map((one) => <option key={one.id} value={one.id}>{one.name}, {one.currency}</option>)}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
