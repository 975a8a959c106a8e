/** What doctor would find in a scene: of each kind some. */
import { type DoctorCheck, type DoctorCheckCode, doctorChecks as groups } from '../../shared/doctor.ts';
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';

const wrong: Readonly<Partial<Record<DoctorCheckCode, readonly [DoctorCheck['state'], ErrorInfo]>>> = {
  autostart: ['warning', errorInfo('doctor_autostart_off')],
  obs_dock: ['fault', errorInfo('doctor_dock_address', { title: 'StreamAI' })],
  obs_password: ['warning', errorInfo('doctor_obs_password_weak')],
  recording_folder: [
    'fault',
    errorInfo('doctor_disk_nearly_full', { folder: '/home/camille/Videos/OBS', minutes: 12 }),
  ],
};

export const doctorChecks: readonly DoctorCheck[] = (Object.keys(groups) as DoctorCheckCode[]).map((code) => {
  const [state, info] = wrong[code] ?? ['good'];
  return { code, group: groups[code], title: code, state, notices: info ? [info] : [], mend: null };
});
