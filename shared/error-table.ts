/**
 * The texts of every error that a person can meet, by its stable code: HTTP status, message and fix in English and French.
 * `{name}` stands for a parameter. Texts never carry secrets, stack traces or jargon. The dock has its own errors word for word
 * in dock/i18n, where a test compares them.
 */

interface ErrorText {
  readonly message: string;
  readonly fix?: string;
}
export interface ErrorEntry {
  readonly status: number;
  readonly en: ErrorText;
  readonly fr: ErrorText;
}
const entry = (status: number, en: readonly [string, string?], fr: readonly [string, string?]): ErrorEntry => ({
  status,
  en: en[1] === undefined ? { message: en[0] } : { message: en[0], fix: en[1] },
  fr: fr[1] === undefined ? { message: fr[0] } : { message: fr[0], fix: fr[1] },
});

export const errorTable = {
  // The request itself
  unauthorized: entry(
    401,
    [
      'The token is missing or wrong.',
      'The dock needs the address that “npm run token” shows, a script its token as “Authorization: Bearer …”; if it is that one, another program has its port.',
    ],
    [
      'Le jeton manque ou est faux.',
      'Le dock a besoin de l’adresse que « npm run token » affiche, un script de son jeton : « Authorization: Bearer … » ; si c’est celle-ci, un autre programme a son port.',
    ],
  ),
  host_not_allowed: entry(
    403,
    ['StreamAI does not answer under this host name.', 'Use http://127.0.0.1 with StreamAI’s port.'],
    ['StreamAI ne répond pas sous ce nom d’hôte.', 'Utilisez http://127.0.0.1 avec le port de StreamAI.'],
  ),
  origin_not_allowed: entry(
    403,
    ['Another web page may not use StreamAI.', 'Open StreamAI’s own page instead.'],
    ['Une autre page web ne peut pas utiliser StreamAI.', 'Ouvrez plutôt la page de StreamAI.'],
  ),
  not_found: entry(404, ['There is nothing at this address.'], ['Il n’y a rien à cette adresse.']),
  method_not_allowed: entry(
    405,
    ['This address does not take this method.', 'Use {methods}.'],
    ['Cette adresse n’accepte pas cette méthode.', 'Utilisez {methods}.'],
  ),
  too_many_clients: entry(
    503,
    ['Too many programs are connected to StreamAI at once.', 'Close some of them.'],
    ['Trop de programmes sont connectés à StreamAI en même temps.', 'Fermez-en quelques-uns.'],
  ),
  unsupported_media_type: entry(
    415,
    ['Writes must be JSON.', 'Send the header “Content-Type: application/json”.'],
    ['Les écritures doivent être en JSON.', 'Envoyez l’en-tête « Content-Type: application/json ».'],
  ),
  body_too_large: entry(
    413,
    ['The request is too large.', 'Send less than {limit} bytes.'],
    ['La requête est trop volumineuse.', 'Envoyez moins de {limit} octets.'],
  ),
  invalid_request: entry(
    400,
    ['The request is not valid: {reason}.', 'Correct “{field}” and send it again.'],
    ['La requête n’est pas valide : {reason}.', 'Corrigez « {field} » et recommencez.'],
  ),
  internal: entry(
    500,
    ['Something went wrong inside StreamAI.', 'Try again; if it stays, look at the log.'],
    ['Un problème est survenu dans StreamAI.', 'Réessayez ; si cela persiste, consultez le journal.'],
  ),

  // Names
  session_name_empty: entry(
    400,
    ['The session name is empty.', 'Give it a name, or leave it out: then StreamAI makes one.'],
    ['Le nom de la session est vide.', 'Donnez-lui un nom, ou omettez-le : StreamAI en créera un.'],
  ),
  session_name_too_long: entry(
    400,
    ['The session name is too long.', 'Use at most {limit} characters.'],
    ['Le nom de la session est trop long.', 'Utilisez au plus {limit} caractères.'],
  ),
  session_name_invalid: entry(
    400,
    ['The session name has something that file names cannot have: {found}.', 'Use letters, digits, spaces, - and _.'],
    [
      'Le nom de la session contient ce qu’un nom de fichier ne peut pas avoir : {found}.',
      'Utilisez des lettres, des chiffres, des espaces, - et _.',
    ],
  ),
  session_name_reserved: entry(
    400,
    ['Windows keeps the name “{found}” for itself.', 'Choose another name.'],
    ['Windows se réserve le nom « {found} ».', 'Choisissez un autre nom.'],
  ),

  // OBS
  obs_not_connected: entry(
    503,
    ['OBS is not connected.', 'Start OBS and switch on Tools → WebSocket Server Settings → Enable WebSocket server.'],
    [
      'OBS n’est pas connecté.',
      'Démarrez OBS et activez Outils → Paramètres du serveur WebSocket → Activer le serveur WebSocket.',
    ],
  ),
  obs_not_reachable: entry(
    503,
    [
      'OBS is not reachable at {address}.',
      'Check OBS_HOST and OBS_PORT. On that machine OBS must run with its WebSocket server enabled, and its firewall must let us in.',
    ],
    [
      'OBS est injoignable à l’adresse {address}.',
      'Vérifiez OBS_HOST et OBS_PORT. Sur cette machine, OBS doit fonctionner avec son serveur WebSocket activé, et le pare-feu doit laisser passer.',
    ],
  ),
  obs_host_not_found: entry(
    503,
    ['There is no machine called “{host}”.', 'Correct OBS_HOST, or write the machine’s IP address there.'],
    ['Il n’y a pas de machine nommée « {host} ».', 'Corrigez OBS_HOST, ou indiquez-y l’adresse IP de la machine.'],
  ),
  obs_websocket_disabled: entry(
    503,
    ['OBS’s WebSocket server is switched off.', 'In OBS: Tools → WebSocket Server Settings → Enable WebSocket server.'],
    [
      'Le serveur WebSocket d’OBS est désactivé.',
      'Dans OBS : Outils → Paramètres du serveur WebSocket → Activer le serveur WebSocket.',
    ],
  ),
  obs_unauthenticated: entry(
    503,
    [
      'What answers in OBS’s place asks for no password although one is known: it is not taken for OBS.',
      'In OBS: Tools → WebSocket Server Settings → Enable Authentication. If that is on, another program has OBS’s port: end it, then restart OBS. If OBS is to have no password, take OBS_PASSWORD out of .env or the settings.',
    ],
    [
      'Ce qui répond à la place d’OBS ne demande pas de mot de passe alors qu’il y en a un : ce n’est pas pris pour OBS.',
      'Dans OBS : Outils → Paramètres du serveur WebSocket → Activer l’authentification. Si elle l’est, un autre programme occupe le port d’OBS : fermez-le, puis redémarrez OBS. Si OBS doit rester sans mot de passe, retirez OBS_PASSWORD de .env ou des paramètres.',
    ],
  ),
  obs_stranger: entry(
    503,
    [
      'The program that answers in OBS’s place belongs to another user of this machine (user id {uid}): it is not taken for OBS.',
      'End that program, or give OBS another port; then restart OBS. Run OBS and StreamAI as the same user.',
    ],
    [
      'Le programme qui répond à la place d’OBS appartient à un autre utilisateur de cette machine (identifiant {uid}) : il n’est pas pris pour OBS.',
      'Fermez ce programme ou donnez un autre port à OBS, puis redémarrez OBS. Lancez OBS et StreamAI avec le même utilisateur.',
    ],
  ),
  obs_password_wrong: entry(
    503,
    [
      'OBS refused the password.',
      'Copy it from OBS: Tools → WebSocket Server Settings → Show Connect Info, into OBS_PASSWORD or the settings.',
    ],
    [
      'OBS a refusé le mot de passe.',
      'Copiez-le depuis OBS : Outils → Paramètres du serveur WebSocket → Afficher les informations de connexion, dans OBS_PASSWORD ou les paramètres.',
    ],
  ),
  obs_too_old: entry(
    503,
    ['This OBS speaks an older protocol than StreamAI.', 'Update OBS to version 28 or later.'],
    ['Cet OBS parle un protocole plus ancien que StreamAI.', 'Mettez OBS à jour, version 28 ou plus récente.'],
  ),
  obs_session_ended: entry(
    503,
    ['OBS ended the connection.', 'Someone closed it in OBS’s WebSocket settings; press Reconnect to try again.'],
    [
      'OBS a mis fin à la connexion.',
      'Elle a été fermée dans les paramètres WebSocket d’OBS ; appuyez sur Reconnecter.',
    ],
  ),
  obs_timeout: entry(
    504,
    ['OBS did not answer.', 'It may be busy or showing a dialog: look at OBS.'],
    ['OBS n’a pas répondu.', 'Il est peut-être occupé ou affiche une boîte de dialogue : regardez OBS.'],
  ),
  obs_not_confirmed: entry(
    504,
    [
      'OBS has not confirmed; it may be showing a dialog.',
      'Look at OBS: often the folder cannot be written, the disk is full or the encoder failed.',
    ],
    [
      'OBS n’a pas confirmé ; il affiche peut-être une boîte de dialogue.',
      'Regardez OBS : souvent le dossier est protégé, le disque plein ou l’encodeur en échec.',
    ],
  ),
  obs_stop_unfinished: entry(
    504,
    ['OBS has not finished stopping the recording.', 'If this goes on, OBS hangs: restart it; the file is kept.'],
    [
      'OBS n’a pas fini d’arrêter l’enregistrement.',
      'Si cela dure, OBS est bloqué : redémarrez-le ; le fichier est conservé.',
    ],
  ),
  obs_refused: entry(502, ['OBS refused: {reason}.', 'Look at OBS.'], ['OBS a refusé : {reason}.', 'Regardez OBS.']),
  already_recording: entry(
    409,
    ['OBS is already recording.', 'Stop the current recording first.'],
    ['OBS enregistre déjà.', 'Arrêtez d’abord l’enregistrement en cours.'],
  ),
  not_recording: entry(
    409,
    ['Nothing is being recorded.', 'Start a recording first.'],
    ['Aucun enregistrement en cours.', 'Démarrez d’abord un enregistrement.'],
  ),
  already_paused: entry(409, ['The recording is already paused.'], ['L’enregistrement est déjà en pause.']),
  not_paused: entry(409, ['The recording is not paused.'], ['L’enregistrement n’est pas en pause.']),
  pause_unavailable: entry(
    409,
    [
      'Pause is unavailable: the recording shares the stream’s encoder.',
      'In OBS: Settings → Output → Recording, choose an encoder of its own.',
    ],
    [
      'La pause est indisponible : l’enregistrement partage l’encodeur du stream.',
      'Dans OBS : Paramètres → Sortie → Enregistrement, choisissez un encodeur propre.',
    ],
  ),
  ffmpeg_output_limited: entry(
    409,
    [
      'OBS’s FFmpeg output can neither pause nor split a recording.',
      'In OBS: Settings → Output → Recording, Type “Standard”, or in Simple mode another quality than Lossless.',
    ],
    [
      'La sortie FFmpeg d’OBS ne peut ni mettre en pause ni fractionner un enregistrement.',
      'Dans OBS : Paramètres → Sortie → Enregistrement, type « Standard », ou en mode simple une autre qualité que « sans perte ».',
    ],
  ),
  split_unavailable: entry(
    409,
    [
      'OBS cannot split this recording.',
      'It needs OBS 30.2 or later, and Settings → Output → Advanced → Recording → Automatic File Splitting.',
    ],
    [
      'OBS ne peut pas fractionner cet enregistrement.',
      'Il faut OBS 30.2 ou plus récent, et Paramètres → Sortie → Avancé → Enregistrement → Fractionnement automatique des fichiers.',
    ],
  ),
  chapter_unavailable: entry(
    409,
    ['OBS cannot set chapters in this recording.', 'Use OBS 30.2 or later and the format Hybrid MP4 or Hybrid MOV.'],
    [
      'OBS ne peut pas poser de chapitres dans cet enregistrement.',
      'Utilisez OBS 30.2 ou plus récent et le format Hybrid MP4 ou Hybrid MOV.',
    ],
  ),
  recording_disk_full: entry(
    507,
    ['OBS stopped recording: the disk is full.', 'Make room there, and close the message that OBS shows.'],
    [
      'OBS a arrêté l’enregistrement : le disque est plein.',
      'Libérez de la place et fermez le message qu’OBS affiche.',
    ],
  ),
  recording_stopped_by_obs: entry(
    502,
    ['OBS stopped recording by itself and has not said why.', 'Look at OBS: it may be showing a message.'],
    [
      'OBS a arrêté l’enregistrement de lui-même, sans dire pourquoi.',
      'Regardez OBS : il affiche peut-être un message.',
    ],
  ),

  // Sessions and files
  session_not_found: entry(
    404,
    [
      'This session is not known.',
      'It may have been forgotten, or be written otherwise: the history has all that there are.',
    ],
    [
      'Cette session est inconnue.',
      'Elle a peut-être été oubliée, ou s’écrit autrement : l’historique contient toutes celles qui existent.',
    ],
  ),
  session_active: entry(
    409,
    ['This session is still being recorded.', 'Stop the recording first.'],
    ['Cette session est encore en cours d’enregistrement.', 'Arrêtez d’abord l’enregistrement.'],
  ),
  nothing_to_upload: entry(
    409,
    ['This session has no file that can be uploaded.', 'Check that its file still exists.'],
    ['Cette session n’a aucun fichier à envoyer.', 'Vérifiez que son fichier existe encore.'],
  ),
  recording_not_found: entry(
    404,
    ['This session has no such file.', 'Take the id from the session’s “recordings”.'],
    ['Cette session n’a pas ce fichier.', 'Prenez l’identifiant dans « recordings » de la session.'],
  ),
  // Chapters and notes
  recording_place_unknown: entry(
    409,
    [
      'Where this file begins in the session is not known: nobody saw OBS split, and the file before it does not tell.',
      'Take the chapters of the whole session.',
    ],
    [
      'On ne sait pas où ce fichier commence dans la session : personne n’a vu OBS fractionner, et le fichier précédent ne le dit pas.',
      'Prenez les chapitres de toute la session.',
    ],
  ),
  mark_not_found: entry(
    404,
    ['There is no such chapter or note.', 'Another dock may have removed it.'],
    ['Ce chapitre ou cette note n’existe pas.', 'Un autre dock l’a peut-être supprimé.'],
  ),
  mark_empty: entry(
    400,
    ['The note is empty.', 'Write something into it.'],
    ['La note est vide.', 'Écrivez-y quelque chose.'],
  ),
  mark_text_too_long: entry(
    400,
    ['The text is too long.', 'Use at most {limit} characters.'],
    ['Le texte est trop long.', 'Utilisez au plus {limit} caractères.'],
  ),
  mark_time_missing: entry(
    400,
    ['The recording is over: “now” is no place in it any more.', 'Say in “atMs” where in the recording it belongs.'],
    [
      'L’enregistrement est terminé : « maintenant » n’y est plus un endroit.',
      'Indiquez dans « atMs » l’endroit de l’enregistrement.',
    ],
  ),
  mark_time_beyond: entry(
    400,
    ['The recording is not that long.', 'Choose a place within its {limit} ms.'],
    ['L’enregistrement n’est pas si long.', 'Choisissez un endroit dans ses {limit} ms.'],
  ),
  too_many_marks: entry(
    409,
    ['This session has {limit} chapters and notes, and takes no more.', 'Remove some that are not needed.'],
    ['Cette session a {limit} chapitres et notes et n’en accepte pas davantage.', 'Supprimez ceux qui ne servent pas.'],
  ),
  thumbnail_missing: entry(404, ['There is no picture of this session.'], ['Il n’y a pas d’image de cette session.']),

  // Names from templates
  field_unknown: entry(
    400,
    ['The template has no field “{field}”.', 'Write {{field}} into the template in the settings first.'],
    ['Le modèle n’a pas de champ « {field} ».', 'Écrivez d’abord {{field}} dans le modèle, dans les paramètres.'],
  ),

  // The system's file manager
  no_desktop: entry(
    409,
    ['There is no desktop where StreamAI runs, so no folder can be shown.', 'The file is “{file}”.'],
    [
      'Il n’y a pas de bureau là où StreamAI tourne : aucun dossier ne peut être affiché.',
      'Le fichier est « {file} ».',
    ],
  ),
  folder_not_shown: entry(
    409,
    ['The system could not show the folder.', 'Open it yourself: the file is “{file}”.'],
    ['Le système n’a pas pu afficher le dossier.', 'Ouvrez-le vous-même : le fichier est « {file} ».'],
  ),

  file_missing: entry(
    409,
    ['The file “{file}” is no longer there.', 'Put it back where it was, then retry.'],
    ['Le fichier « {file} » n’est plus là.', 'Remettez-le à sa place, puis réessayez.'],
  ),
  file_away: entry(
    409,
    [
      'The drive or folder of the file “{file}” is not there, or does not answer.',
      'Connect the drive or the share again; it goes on by itself then.',
    ],
    [
      'Le disque ou le dossier du fichier « {file} » n’est pas là, ou ne répond pas.',
      'Reconnectez le disque ou le partage ; cela continue alors tout seul.',
    ],
  ),
  file_refused: entry(
    409,
    [
      '“{file}” is no recording: it is a link, a pipe or a device, or lies in StreamAI’s own folder or on a machine that OBS is not set up with. It is not opened.',
      'Let OBS record plain files into a folder of yours. The folder itself may be a link.',
    ],
    [
      '« {file} » n’est pas un enregistrement : c’est un lien, un tube ou un périphérique, ou il se trouve dans le dossier de StreamAI ou sur une machine pour laquelle OBS n’est pas réglé. Il n’est pas ouvert.',
      'Enregistrez de simples fichiers dans un dossier à vous. Le dossier lui-même peut être un lien.',
    ],
  ),
  file_empty: entry(
    409,
    ['The file “{file}” is empty.', 'OBS wrote nothing; look at its recording settings.'],
    ['Le fichier « {file} » est vide.', 'OBS n’a rien écrit ; vérifiez ses paramètres d’enregistrement.'],
  ),
  file_unreadable: entry(
    409,
    ['The file “{file}” cannot be read.', 'Check its permissions, and that no other program holds it, then retry.'],
    [
      'Le fichier « {file} » ne peut pas être lu.',
      'Vérifiez ses droits et qu’aucun autre programme ne le bloque, puis réessayez.',
    ],
  ),
  file_changing: entry(
    409,
    [
      'The file “{file}” changed while it was sent.',
      'It is sent again from the start, a few times; after that, press Retry once it no longer changes.',
    ],
    [
      'Le fichier « {file} » a changé pendant l’envoi.',
      'Il est renvoyé depuis le début, quelques fois ; après cela, appuyez sur Réessayer quand il ne change plus.',
    ],
  ),
  file_changed: entry(
    409,
    [
      'The file “{file}” is not the one that was recorded: it was changed afterwards, or another file has its name.',
      'If it is what you want, upload the session by hand. Else put the recorded file back, then press Retry.',
    ],
    [
      'Le fichier « {file} » n’est pas celui qui a été enregistré : il a été modifié ensuite, ou un autre fichier porte son nom.',
      'Si c’est bien lui que vous voulez, envoyez la session à la main. Sinon, remettez le fichier enregistré, puis appuyez sur Réessayer.',
    ],
  ),
  file_uncertain: entry(
    409,
    [
      'The file “{file}” may belong to this recording; OBS did not say so, and it is not uploaded.',
      'Take it in, or leave it: either way the file stays as it is.',
    ],
    [
      'Le fichier « {file} » fait peut-être partie de cet enregistrement ; OBS ne l’a pas dit, et il n’est pas envoyé.',
      'Ajoutez-le, ou laissez-le : dans les deux cas, le fichier reste tel quel.',
    ],
  ),
  session_damaged: entry(
    500,
    [
      'What StreamAI had stored of this session could not be read whole: what made no sense is left out.',
      'Its files are untouched. What was stored is kept in StreamAI’s database as it was.',
    ],
    [
      'Ce que StreamAI avait noté de cette session n’était pas entièrement lisible : ce qui n’a pas de sens est laissé de côté.',
      'Ses fichiers sont intacts. Ce qui était noté reste tel quel dans la base de données de StreamAI.',
    ],
  ),
  file_held_format: entry(
    409,
    [
      'The file “{file}” is not sent and not deleted by itself: it does not begin like a recording.',
      'If it is a recording of yours, allow its folder from now on, or this file alone. Else leave it: it stays where it is.',
    ],
    [
      'Le fichier « {file} » n’est ni envoyé ni supprimé automatiquement : il ne commence pas comme un enregistrement.',
      'Si c’est bien un de vos enregistrements, autorisez désormais son dossier, ou ce fichier seul. Sinon, laissez-le : il reste où il est.',
    ],
  ),
  file_held_old: entry(
    409,
    [
      'The file “{file}” is not sent and not deleted by itself: it was last written before this recording began.',
      'If it is a recording of yours, allow its folder from now on, or this file alone. Else leave it: it stays where it is.',
    ],
    [
      'Le fichier « {file} » n’est ni envoyé ni supprimé automatiquement : sa dernière écriture précède le début de cet enregistrement.',
      'Si c’est bien un de vos enregistrements, autorisez désormais son dossier, ou ce fichier seul. Sinon, laissez-le : il reste où il est.',
    ],
  ),
  file_held_outside: entry(
    409,
    [
      'The file “{file}” is not sent and not deleted by itself: it lies outside the folder that OBS is set to.',
      'If it is a recording of yours, allow its folder from now on, or this file alone. Else leave it: it stays where it is.',
    ],
    [
      'Le fichier « {file} » n’est ni envoyé ni supprimé automatiquement : il se trouve hors du dossier réglé dans OBS.',
      'Si c’est bien un de vos enregistrements, autorisez désormais son dossier, ou ce fichier seul. Sinon, laissez-le : il reste où il est.',
    ],
  ),
  file_held_owner: entry(
    409,
    [
      'The file “{file}” is not sent and not deleted by itself: it belongs to another user of this machine.',
      'If it is a recording of yours, allow its folder from now on, or this file alone. Else leave it: it stays where it is.',
    ],
    [
      'Le fichier « {file} » n’est ni envoyé ni supprimé automatiquement : il appartient à un autre utilisateur de cette machine.',
      'Si c’est bien un de vos enregistrements, autorisez désormais son dossier, ou ce fichier seul. Sinon, laissez-le : il reste où il est.',
    ],
  ),
  file_held_linked: entry(
    409,
    [
      'The file “{file}” is not sent and not deleted by itself: it has another name elsewhere (a hard link).',
      'If it is a recording of yours, allow its folder from now on, or this file alone. Else leave it: it stays where it is.',
    ],
    [
      'Le fichier « {file} » n’est ni envoyé ni supprimé automatiquement : il a un autre nom ailleurs (un lien physique).',
      'Si c’est bien un de vos enregistrements, autorisez désormais son dossier, ou ce fichier seul. Sinon, laissez-le : il reste où il est.',
    ],
  ),
  format_not_uploaded: entry(
    409,
    [
      'StreamAI does not upload this format ({format}): it writes a playlist and many files instead of one.',
      'In OBS: Settings → Output → Recording, choose Hybrid MP4 or Matroska. Without upload it can be recorded.',
    ],
    [
      'StreamAI n’envoie pas ce format ({format}) : il écrit une liste et de nombreux fichiers au lieu d’un seul.',
      'Dans OBS : Paramètres → Sortie → Enregistrement, choisissez Hybrid MP4 ou Matroska. Sans envoi, il peut être enregistré.',
    ],
  ),
  recorded_elsewhere: entry(
    409,
    [
      'OBS sends this recording to {address}: there is no file here to upload.',
      'To have one: Settings → Output → Recording, FFmpeg Output Type “Output to File”, or Type “Standard”.',
    ],
    [
      'OBS envoie cet enregistrement à {address} : il n’y a pas de fichier à envoyer ici.',
      'Pour en avoir un : Paramètres → Sortie → Enregistrement, type de sortie FFmpeg « Fichier », ou type « Standard ».',
    ],
  ),
  path_not_reachable: entry(
    409,
    [
      'OBS’s path “{path}” is not reachable from here; nothing of it is uploaded.',
      'If OBS runs on another machine, share its folder with this one and set in the settings, under OBS, what it is called here.',
    ],
    [
      'Le chemin d’OBS « {path} » n’est pas accessible d’ici ; rien n’en est envoyé.',
      'Si OBS tourne sur une autre machine, partagez son dossier avec celle-ci et indiquez dans les réglages, sous OBS, comment il s’appelle ici.',
    ],
  ),
  obs_folder_not_reachable: entry(
    409,
    [
      'OBS records into “{folder}”, which cannot be reached from here.',
      'If OBS runs on another machine, share that folder with this one and set in the settings, under OBS, what it is called here.',
    ],
    [
      'OBS enregistre dans « {folder} », qui n’est pas accessible d’ici.',
      'Si OBS tourne sur une autre machine, partagez ce dossier avec celle-ci et indiquez dans les réglages, sous OBS, comment il s’appelle ici.',
    ],
  ),
  obs_folder_away: entry(
    409,
    [
      'OBS’s folder is called “{folder}” here, and it is not there, or does not answer.',
      'Connect the share or the drive again; it goes on by itself then.',
    ],
    [
      'Le dossier d’OBS s’appelle « {folder} » ici ; il n’est pas là, ou ne répond pas.',
      'Reconnectez le partage ou le disque ; cela continue alors tout seul.',
    ],
  ),
  path_mapping_misses: entry(
    409,
    [
      'OBS records into “{folder}”, which is in none of these folders.',
      'Write that folder, or one above it, on the left, and what it is called on this machine on the right.',
    ],
    [
      'OBS enregistre dans « {folder} », qui n’est dans aucun de ces dossiers.',
      'Écrivez à gauche ce dossier, ou un dossier parent, et à droite son nom sur cette machine.',
    ],
  ),
  path_mapping_differs: entry(
    409,
    [
      'What OBS records into “{folder}” is not to be seen in “{here}”: it is another folder, or the share is not connected.',
      'Connect the share, or write the folder in which this machine sees OBS’s recordings.',
    ],
    [
      'Ce qu’OBS enregistre dans « {folder} » ne se voit pas dans « {here} » : c’est un autre dossier, ou le partage n’est pas connecté.',
      'Connectez le partage, ou indiquez le dossier où cette machine voit les enregistrements d’OBS.',
    ],
  ),
  file_not_offered: entry(
    404,
    [
      'The session has no notice about this file.',
      'Name the path exactly as a “file_uncertain” or “file_held_…” notice does.',
    ],
    [
      'La session n’a aucun avis sur ce fichier.',
      'Donnez le chemin exact d’un avis « file_uncertain » ou « file_held_… ».',
    ],
  ),
  folder_unreadable: entry(
    409,
    ['The folder “{folder}” cannot be used: {reason}.', 'Choose another folder, or correct its permissions.'],
    ['Le dossier « {folder} » est inutilisable : {reason}.', 'Choisissez un autre dossier ou corrigez ses droits.'],
  ),

  // Uploads
  upload_not_found: entry(
    404,
    ['This upload is not known.', 'It may have been withdrawn: the history has each session’s uploads.'],
    ['Cet envoi est inconnu.', 'Il a peut-être été retiré : l’historique contient les envois de chaque session.'],
  ),
  upload_state: entry(
    409,
    ['This upload is {state}; that cannot be done now.'],
    ['Cet envoi est dans l’état « {state} » ; c’est impossible maintenant.'],
  ),
  upload_newer_open: entry(
    409,
    [
      'A newer upload of this recording to the same destination is on its way.',
      'Nothing needs to be done: it goes on by itself.',
    ],
    [
      'Un envoi plus récent de cet enregistrement vers la même destination est en cours.',
      'Il n’y a rien à faire : il continue tout seul.',
    ],
  ),
  destination_not_configured: entry(
    409,
    ['The destination “{destination}” is not set up.', 'Set it up in the settings or in .env.'],
    ['La destination « {destination} » n’est pas configurée.', 'Configurez-la dans les paramètres ou dans .env.'],
  ),
  destination_unreachable: entry(
    502,
    [
      'The processing server cannot be reached ({reason}).',
      'Check VULTR_API_URL and the network; it is tried again by itself.',
    ],
    [
      'Le serveur de traitement est injoignable ({reason}).',
      'Vérifiez VULTR_API_URL et le réseau ; un nouvel essai a lieu tout seul.',
    ],
  ),
  receiver_ended: entry(
    503,
    ['StreamAI’s own receiver has ended.', 'It is started again by itself, and uploads wait for it.'],
    ['Le récepteur de StreamAI s’est arrêté.', 'Il redémarre tout seul, et les envois l’attendent.'],
  ),
  destination_timeout: entry(
    504,
    ['The processing server did not answer in time.', 'It is tried again by itself.'],
    ['Le serveur de traitement n’a pas répondu à temps.', 'Un nouvel essai a lieu tout seul.'],
  ),
  destination_busy: entry(
    503,
    ['The processing server is busy (HTTP {status}). {detail}', 'It is tried again by itself.'],
    ['Le serveur de traitement est occupé (HTTP {status}). {detail}', 'Un nouvel essai a lieu tout seul.'],
  ),
  destination_failed: entry(
    502,
    [
      'The processing server failed (HTTP {status}). {detail}',
      'It is tried again by itself; if it stays, look at the server.',
    ],
    [
      'Le serveur de traitement a échoué (HTTP {status}). {detail}',
      'Un nouvel essai a lieu tout seul ; si cela persiste, regardez le serveur.',
    ],
  ),
  destination_rejected: entry(
    502,
    ['The processing server refused the upload (HTTP {status}): {detail}', 'Correct the cause, then press Retry.'],
    [
      'Le serveur de traitement a refusé l’envoi (HTTP {status}) : {detail}',
      'Corrigez la cause, puis appuyez sur Réessayer.',
    ],
  ),
  destination_auth: entry(
    502,
    [
      'The processing server did not accept the key (HTTP {status}). {detail}',
      'Correct VULTR_API_KEY, then press Retry.',
    ],
    [
      'Le serveur de traitement n’a pas accepté la clé (HTTP {status}). {detail}',
      'Corrigez VULTR_API_KEY, puis appuyez sur Réessayer.',
    ],
  ),
  destination_too_large: entry(
    502,
    [
      'The file is too large for the processing server. {detail}',
      'Raise the server’s limit or record in smaller files, then press Retry.',
    ],
    [
      'Le fichier est trop gros pour le serveur de traitement. {detail}',
      'Augmentez la limite du serveur ou enregistrez en fichiers plus petits, puis appuyez sur Réessayer.',
    ],
  ),
  destination_redirected: entry(
    502,
    [
      'The processing server redirects to another address ({where}).',
      'If that is your server, put its final address into VULTR_API_URL; sign in to the network if it asks for that. It is tried again by itself.',
    ],
    [
      'Le serveur de traitement redirige vers une autre adresse ({where}).',
      'Si c’est votre serveur, mettez son adresse finale dans VULTR_API_URL ; connectez-vous au réseau s’il le demande. Un nouvel essai a lieu tout seul.',
    ],
  ),
  destination_portal: entry(
    502,
    [
      'Something else answers in the processing server’s place ({where}).',
      'Sign in to the network if it asks for that, and check VULTR_API_URL; it is tried again by itself.',
    ],
    [
      'Autre chose répond à la place du serveur de traitement ({where}).',
      'Connectez-vous au réseau s’il le demande et vérifiez VULTR_API_URL ; un nouvel essai a lieu tout seul.',
    ],
  ),
  destination_answer_invalid: entry(
    502,
    [
      'The processing server gave an answer that makes no sense: {reason}.',
      'Check that VULTR_API_URL is the right server.',
    ],
    [
      'Le serveur de traitement a donné une réponse incompréhensible : {reason}.',
      'Vérifiez que VULTR_API_URL est le bon serveur.',
    ],
  ),
  destination_size_mismatch: entry(
    502,
    [
      'What arrived is not what was sent ({received} of {sent} bytes).',
      'It is sent again by itself, a few times; after that, press Retry.',
    ],
    [
      'Ce qui est arrivé n’est pas ce qui a été envoyé ({received} octets sur {sent}).',
      'L’envoi recommence tout seul, quelques fois ; après cela, appuyez sur Réessayer.',
    ],
  ),
  destination_checksum_mismatch: entry(
    502,
    ['What arrived differs from the file.', 'It is sent again by itself, a few times; after that, press Retry.'],
    [
      'Ce qui est arrivé diffère du fichier.',
      'L’envoi recommence tout seul, quelques fois ; après cela, appuyez sur Réessayer.',
    ],
  ),

  // A proxy on the way to either
  proxy_unreachable: entry(
    502,
    [
      'The proxy {proxy} cannot be reached ({reason}).',
      'Look at HTTP_PROXY, HTTPS_PROXY and the network, or name {host} in NO_PROXY; it is tried again by itself.',
    ],
    [
      'Le proxy {proxy} est injoignable ({reason}).',
      'Vérifiez HTTP_PROXY, HTTPS_PROXY et le réseau, ou ajoutez {host} à NO_PROXY ; un nouvel essai a lieu tout seul.',
    ],
  ),
  proxy_timeout: entry(
    504,
    [
      'The proxy {proxy} is silent.',
      'Look at HTTP_PROXY and HTTPS_PROXY, or name {host} in NO_PROXY; it is tried again by itself.',
    ],
    [
      'Le proxy {proxy} ne répond pas.',
      'Vérifiez HTTP_PROXY et HTTPS_PROXY, ou ajoutez {host} à NO_PROXY ; un nouvel essai a lieu tout seul.',
    ],
  ),
  proxy_auth: entry(
    502,
    [
      'The proxy {proxy} does not accept the user name and password, or wants some (HTTP 407).',
      'Write them into HTTP_PROXY and HTTPS_PROXY, as in http://user:password@{proxy}, start StreamAI again, then press Retry.',
    ],
    [
      'Le proxy {proxy} n’accepte pas le nom d’utilisateur et le mot de passe, ou en exige (HTTP 407).',
      'Écrivez-les dans HTTP_PROXY et HTTPS_PROXY, comme http://utilisateur:motdepasse@{proxy}, redémarrez StreamAI, puis appuyez sur Réessayer.',
    ],
  ),
  proxy_refused: entry(
    502,
    [
      'The proxy {proxy} does not let StreamAI through to {host} (HTTP {status}). {detail}',
      'Have {host} allowed there, then press Retry; or name it in NO_PROXY and start StreamAI again.',
    ],
    [
      'Le proxy {proxy} ne laisse pas StreamAI accéder à {host} (HTTP {status}). {detail}',
      'Faites-y autoriser {host}, puis appuyez sur Réessayer ; ou ajoutez-le à NO_PROXY et redémarrez StreamAI.',
    ],
  ),
  proxy_failed: entry(
    502,
    [
      'The proxy {proxy} does not get through to {host} (HTTP {status}). {detail}',
      'It is tried again by itself; if it stays, look at the address, or name {host} in NO_PROXY.',
    ],
    [
      'Le proxy {proxy} n’arrive pas à joindre {host} (HTTP {status}). {detail}',
      'Un nouvel essai a lieu tout seul ; si cela persiste, vérifiez l’adresse ou ajoutez {host} à NO_PROXY.',
    ],
  ),
  proxy_answer_invalid: entry(
    502,
    [
      'What answers at {proxy} is no proxy, or answers for itself: {reason}.',
      'Look at HTTP_PROXY and HTTPS_PROXY, and whether the network wants you to sign in, then press Retry.',
    ],
    [
      'Ce qui répond à {proxy} n’est pas un proxy, ou répond pour lui-même : {reason}.',
      'Vérifiez HTTP_PROXY et HTTPS_PROXY, et si le réseau demande une connexion, puis appuyez sur Réessayer.',
    ],
  ),

  // Object Storage
  storage_unreachable: entry(
    502,
    ['Object Storage cannot be reached ({reason}).', 'Check the network; it goes on by itself where it was.'],
    ['Le stockage objet est injoignable ({reason}).', 'Vérifiez le réseau ; l’envoi reprend tout seul où il en était.'],
  ),
  storage_host_unknown: entry(
    502,
    [
      'There is no host “{host}” on the network.',
      'Check the network and the address of Object Storage, such as https://ewr1.vultrobjects.com; it is tried again by itself.',
    ],
    [
      'L’hôte « {host} » est introuvable sur le réseau.',
      'Vérifiez le réseau et l’adresse du stockage objet, par exemple https://ewr1.vultrobjects.com ; un nouvel essai a lieu tout seul.',
    ],
  ),
  storage_tls: entry(
    502,
    [
      'The secure connection to Object Storage failed ({reason}).',
      'Check this computer’s date, whether a filtering program or a sign-in page is in between, and whether the address should begin with https; it is tried again by itself.',
    ],
    [
      'La connexion sécurisée au stockage objet a échoué ({reason}).',
      'Vérifiez la date de l’ordinateur, si un logiciel de filtrage ou une page de connexion s’interpose, et si l’adresse doit commencer par https ; un nouvel essai a lieu tout seul.',
    ],
  ),
  storage_timeout: entry(
    504,
    ['Object Storage did not answer in time.', 'It goes on by itself where it was.'],
    ['Le stockage objet n’a pas répondu à temps.', 'L’envoi reprend tout seul où il en était.'],
  ),
  storage_busy: entry(
    503,
    ['Object Storage asks to slow down ({s3Code}).', 'It goes on by itself, more slowly.'],
    ['Le stockage objet demande de ralentir ({s3Code}).', 'L’envoi continue tout seul, plus lentement.'],
  ),
  storage_failed: entry(
    502,
    [
      'Object Storage failed (HTTP {status}, {s3Code}).',
      'It is tried again by itself; if it stays, ask Vultr, naming request {requestId}.',
    ],
    [
      'Le stockage objet a échoué (HTTP {status}, {s3Code}).',
      'Un nouvel essai a lieu tout seul ; si cela persiste, contactez Vultr en citant la requête {requestId}.',
    ],
  ),
  storage_key_unknown: entry(
    502,
    [
      'Object Storage does not know this access key.',
      'Copy it from the Vultr console (Cloud Storage → Object Storage → S3 Credentials) of the same region, then press Retry.',
    ],
    [
      'Le stockage objet ne connaît pas cette clé d’accès.',
      'Copiez-la depuis la console Vultr (Cloud Storage → Object Storage → S3 Credentials) de la même région, puis appuyez sur Réessayer.',
    ],
  ),
  storage_secret_wrong: entry(
    502,
    [
      'The secret key does not belong to this access key.',
      'Copy both anew from the Vultr console (S3 Credentials), without blanks, then press Retry.',
    ],
    [
      'La clé secrète ne correspond pas à cette clé d’accès.',
      'Recopiez les deux depuis la console Vultr (S3 Credentials), sans espaces, puis appuyez sur Réessayer.',
    ],
  ),
  storage_denied: entry(
    502,
    [
      'This access key lacks the right {right} in the bucket “{bucket}”.',
      'Check that the bucket is yours, and give the key this right in its policy (s3:PutObject is the one that uploads need), then press Retry.',
    ],
    [
      'Cette clé d’accès n’a pas le droit {right} dans le bucket « {bucket} ».',
      'Vérifiez que le bucket est le vôtre et donnez ce droit à la clé dans sa politique (les envois exigent s3:PutObject), puis appuyez sur Réessayer.',
    ],
  ),
  storage_test_stays: entry(
    409,
    [
      'The test object “{key}” stays in the bucket: this access key may not delete ({right}).',
      'Uploads work without that right. Delete the object yourself; the next test uses the same one.',
    ],
    [
      'L’objet de test « {key} » reste dans le bucket : cette clé d’accès ne peut pas supprimer ({right}).',
      'Les envois marchent sans ce droit. Supprimez l’objet vous-même ; le prochain test utilise le même.',
    ],
  ),
  storage_orphan_young: entry(
    409,
    [
      'The upload of “{key}” was begun within the last day: another station may still be sending it.',
      'Look at the other stations that use this bucket; to end it all the same, confirm.',
    ],
    [
      'L’envoi de « {key} » a commencé depuis moins d’un jour : un autre poste est peut-être en train de l’envoyer.',
      'Vérifiez les autres postes qui utilisent ce bucket ; pour y mettre fin quand même, confirmez.',
    ],
  ),
  storage_orphan_station: entry(
    409,
    [
      'The upload of “{key}” is that of the station {station}, which may still be sending it.',
      'If that station is not used any more, confirm to end its upload.',
    ],
    [
      'L’envoi de « {key} » est celui du poste {station}, qui est peut-être encore en train de l’envoyer.',
      'Si ce poste ne sert plus, confirmez pour mettre fin à son envoi.',
    ],
  ),
  storage_bucket_missing: entry(
    502,
    [
      'There is no bucket “{bucket}” in this region.',
      'Create it in the Vultr console, or correct its name or the region’s address, then press Retry.',
    ],
    [
      'Il n’y a pas de bucket « {bucket} » dans cette région.',
      'Créez-le dans la console Vultr, ou corrigez son nom ou l’adresse de la région, puis appuyez sur Réessayer.',
    ],
  ),
  storage_region_wrong: entry(
    502,
    [
      'The bucket “{bucket}” is in another region ({where}).',
      'Put its own region’s address into the settings, then press Retry.',
    ],
    [
      'Le bucket « {bucket} » est dans une autre région ({where}).',
      'Mettez l’adresse de sa région dans les paramètres, puis appuyez sur Réessayer.',
    ],
  ),
  storage_key_taken: entry(
    502,
    [
      'The name “{key}” belongs to another recording in the bucket.',
      'Another one is chosen by itself; if this goes on, change the template of the keys in the settings.',
    ],
    [
      'Le nom « {key} » appartient à un autre enregistrement dans le bucket.',
      'Un autre est choisi tout seul ; si cela persiste, changez le modèle des clés dans les paramètres.',
    ],
  ),
  storage_clock: entry(
    502,
    [
      'This computer’s clock is too far from that of Object Storage.',
      'Set the clock (automatic time); it is tried again by itself.',
    ],
    [
      'L’horloge de cet ordinateur est trop éloignée de celle du stockage objet.',
      'Réglez l’horloge (heure automatique) ; un nouvel essai a lieu tout seul.',
    ],
  ),
  storage_full: entry(
    502,
    [
      'Object Storage is full for this account ({s3Code}).',
      'Delete what is not needed or raise the quota in the Vultr console, then press Retry.',
    ],
    [
      'Le stockage objet est plein pour ce compte ({s3Code}).',
      'Supprimez le superflu ou augmentez le quota dans la console Vultr, puis appuyez sur Réessayer.',
    ],
  ),
  storage_too_large: entry(
    502,
    [
      'The file is larger than Object Storage takes.',
      'Record in smaller files (OBS can split them), then press Retry.',
    ],
    [
      'Le fichier est plus gros que ce que le stockage objet accepte.',
      'Enregistrez en fichiers plus petits (OBS peut les fractionner), puis appuyez sur Réessayer.',
    ],
  ),
  storage_rejected: entry(
    502,
    ['Object Storage refused (HTTP {status}, {s3Code}): {detail}', 'Correct the cause, then press Retry.'],
    [
      'Le stockage objet a refusé (HTTP {status}, {s3Code}) : {detail}',
      'Corrigez la cause, puis appuyez sur Réessayer.',
    ],
  ),
  storage_answer_invalid: entry(
    502,
    [
      'What answers at the address of Object Storage does not speak S3 ({reason}).',
      'Sign in to the network if it asks for that, and check the address, such as https://ewr1.vultrobjects.com; it is tried again by itself.',
    ],
    [
      'Ce qui répond à l’adresse du stockage objet ne parle pas S3 ({reason}).',
      'Connectez-vous au réseau s’il le demande et vérifiez l’adresse, par exemple https://ewr1.vultrobjects.com ; un nouvel essai a lieu tout seul.',
    ],
  ),
  storage_redirected: entry(
    502,
    [
      'Object Storage is not reached: {where} is put in its place.',
      'Sign in to the network if it asks for that. If {where} is your storage, put its address into the settings. It is tried again by itself.',
    ],
    [
      'Le stockage objet n’est pas atteint : {where} répond à sa place.',
      'Connectez-vous au réseau s’il le demande. Si {where} est votre stockage, mettez son adresse dans les paramètres. Un nouvel essai a lieu tout seul.',
    ],
  ),
  storage_damaged: entry(
    502,
    [
      'What Object Storage has is not what was sent ({s3Code}).',
      'It is sent again by itself, a few times; after that, press Retry.',
    ],
    [
      'Ce que détient le stockage objet n’est pas ce qui a été envoyé ({s3Code}).',
      'L’envoi recommence tout seul, quelques fois ; après cela, appuyez sur Réessayer.',
    ],
  ),
  storage_object_missing: entry(
    404,
    ['The object “{key}” is no longer in Object Storage.', 'Upload the recording again if its file is still here.'],
    ['L’objet « {key} » n’est plus dans le stockage objet.', 'Renvoyez l’enregistrement si son fichier est encore là.'],
  ),
  storage_object_differs: entry(
    409,
    [
      'The object “{key}” is not the file that is here now.',
      'One of the two has changed since the upload; upload the recording again to make them equal.',
    ],
    [
      'L’objet « {key} » n’est pas le fichier présent ici.',
      'L’un des deux a changé depuis l’envoi ; renvoyez l’enregistrement pour les rendre identiques.',
    ],
  ),

  upload_not_stored: entry(
    409,
    ['Only what is in Object Storage has a link.', 'Upload the session to Object Storage first.'],
    ['Seul ce qui est dans le stockage objet a un lien.', 'Envoyez d’abord la session vers le stockage objet.'],
  ),

  // Notices: why an upload that has not failed does not go on, or not at full speed
  held_on_air: entry(
    409,
    [
      'Waits while OBS streams or records.',
      'It goes on by itself afterwards; the settings say what uploads do meanwhile.',
    ],
    [
      'En attente pendant qu’OBS diffuse ou enregistre.',
      'L’envoi reprend tout seul ensuite ; les paramètres disent ce que font les envois pendant ce temps.',
    ],
  ),
  limited_on_air: entry(
    409,
    [
      'Slowed to {mbit} Mbit/s while OBS streams or records.',
      'It goes on at full speed afterwards; the settings hold this limit.',
    ],
    [
      'Ralenti à {mbit} Mbit/s pendant qu’OBS diffuse ou enregistre.',
      'L’envoi reprend sa vitesse ensuite ; cette limite est dans les paramètres.',
    ],
  ),
  slowed_for_obs: entry(
    409,
    [
      'Slowed to {mbit} Mbit/s: OBS loses frames.',
      'It speeds up again by itself; lower the upload limit in the settings if this happens often.',
    ],
    [
      'Ralenti à {mbit} Mbit/s : OBS perd des images.',
      'La vitesse remonte toute seule ; baissez la limite d’envoi dans les paramètres si cela arrive souvent.',
    ],
  ),
  offline: entry(
    503,
    ['There is no network.', 'It goes on by itself when the network is back.'],
    ['Il n’y a pas de réseau.', 'L’envoi reprend tout seul quand le réseau revient.'],
  ),
  waits_for_object_storage: entry(
    409,
    ['Waits for Object Storage: the processing server will fetch the recording from there.'],
    ['Attend le stockage objet : le serveur de traitement y prendra l’enregistrement.'],
  ),

  // Proofs of a copy
  copy_differs: entry(
    409,
    ['The copy is not what the file is now.', 'Upload the session again.'],
    ['La copie n’est pas ce que le fichier est maintenant.', 'Renvoyez la session.'],
  ),
  copy_missing: entry(
    409,
    ['The copy is no longer there.', 'Upload the session again.'],
    ['La copie n’est plus là.', 'Renvoyez la session.'],
  ),
  copy_unproven: entry(
    409,
    ['The destination gives no checksum, so its copy cannot be proven.', 'Upload to Object Storage to have it proven.'],
    [
      'La destination ne donne pas d’empreinte : sa copie ne peut pas être prouvée.',
      'Envoyez vers le stockage objet pour que la copie soit prouvée.',
    ],
  ),
  copy_local: entry(
    409,
    ['This copy is on the same machine.', 'Set up Object Storage or a processing server to keep a copy elsewhere.'],
    [
      'Cette copie est sur la même machine.',
      'Configurez le stockage objet ou un serveur de traitement pour garder une copie ailleurs.',
    ],
  ),

  // Tasks
  task_unknown: entry(
    502,
    ['The processing server no longer knows this task.', 'Upload the recording again if the subtitles are missing.'],
    ['Le serveur de traitement ne connaît plus cette tâche.', 'Renvoyez l’enregistrement si les sous-titres manquent.'],
  ),
  task_failed: entry(
    502,
    ['The processing server could not finish the task: {detail}', 'Press Retry to upload it again.'],
    ['Le serveur de traitement n’a pas pu terminer la tâche : {detail}', 'Appuyez sur Réessayer pour le renvoyer.'],
  ),

  // Settings and start-up
  setting_fixed: entry(
    409,
    [
      '“{field}” is fixed by the environment ({variable}).',
      'Change it in .env or the environment and start StreamAI again.',
    ],
    [
      '« {field} » est fixé par l’environnement ({variable}).',
      'Changez-le dans .env ou l’environnement, puis redémarrez StreamAI.',
    ],
  ),
  config_invalid: entry(
    500,
    ['{variable} is not valid: {reason}.', 'Correct it in .env or the environment and start again.'],
    ['{variable} n’est pas valide : {reason}.', 'Corrigez-le dans .env ou l’environnement, puis recommencez.'],
  ),
  agent_not_running: entry(
    503,
    ['StreamAI does not run.', 'Start it with “{command}”.'],
    ['StreamAI ne fonctionne pas.', 'Démarrez-le avec « {command} ».'],
  ),
  agent_not_started: entry(
    500,
    ['StreamAI could not be started.', '“{command}” says why; so does the log, “{file}”.'],
    ['StreamAI n’a pas pu être démarré.', '« {command} » dit pourquoi ; le journal aussi, « {file} ».'],
  ),
  dock_not_built: entry(
    500,
    ['The dock could not be built.', '“npm run build” says why.'],
    ['Le dock n’a pas pu être construit.', '« npm run build » dit pourquoi.'],
  ),
  agent_not_ended: entry(
    504,
    ['StreamAI has not ended within {seconds} seconds.', 'What it does may take longer: look again in a while.'],
    [
      'StreamAI ne s’est pas arrêté en {seconds} secondes.',
      'Ce qu’il fait peut durer plus longtemps : regardez de nouveau dans un moment.',
    ],
  ),
  agent_silent: entry(
    504,
    ['StreamAI runs, but does not answer.', 'Try again in a moment; if it stays, look at the log, “{file}”.'],
    [
      'StreamAI fonctionne, mais ne répond pas.',
      'Réessayez dans un moment ; si cela persiste, consultez le journal, « {file} ».',
    ],
  ),
  autostart_failed: entry(
    500,
    ['Starting with this computer could not be set up: {reason}', 'Correct that and try again.'],
    ['Le démarrage avec cet ordinateur n’a pas pu être réglé : {reason}', 'Corrigez cela et réessayez.'],
  ),
  browser_not_opened: entry(
    500,
    ['The browser could not be opened.', 'Open the address that “streamai token” shows in it.'],
    ['Le navigateur n’a pas pu être ouvert.', 'Ouvrez-y l’adresse que « streamai token » affiche.'],
  ),
  port_in_use: entry(
    500,
    ['Port {port} is taken by another program.', 'End it, or choose another port with AGENT_PORT.'],
    ['Le port {port} est pris par un autre programme.', 'Arrêtez-le, ou choisissez un autre port avec AGENT_PORT.'],
  ),
  data_dir_in_use: entry(
    500,
    ['Another StreamAI agent already uses “{folder}”.', 'End it, or choose another folder with STREAMAI_DATA_DIR.'],
    [
      'Un autre agent StreamAI utilise déjà « {folder} ».',
      'Arrêtez-le, ou choisissez un autre dossier avec STREAMAI_DATA_DIR.',
    ],
  ),
  database_newer: entry(
    500,
    [
      'The database was written by a newer StreamAI.',
      'Update StreamAI, or choose another folder with STREAMAI_DATA_DIR.',
    ],
    [
      'La base de données vient d’un StreamAI plus récent.',
      'Mettez StreamAI à jour, ou choisissez un autre dossier avec STREAMAI_DATA_DIR.',
    ],
  ),

  // Setting OBS up: what stands in the way
  setup_obs_not_found: entry(
    404,
    [
      'No OBS was found on this computer.',
      'Install OBS, or name the folder of yours: a portable OBS lies where it was unpacked.',
    ],
    [
      'Aucun OBS n’a été trouvé sur cet ordinateur.',
      'Installez OBS, ou indiquez le dossier du vôtre : un OBS portable se trouve là où il a été décompressé.',
    ],
  ),
  setup_obs_unknown: entry(
    404,
    ['This OBS is not on this computer any more.', 'Look at the list again.'],
    ['Cet OBS n’est plus sur cet ordinateur.', 'Consultez à nouveau la liste.'],
  ),
  setup_obs_running: entry(
    409,
    [
      'OBS is running: it would write over what is changed now.',
      'Close OBS. If it is closed, it may still run unseen: restart the computer.',
    ],
    [
      'OBS est ouvert : il écraserait ce qui est modifié maintenant.',
      'Fermez OBS. S’il est fermé, il tourne peut-être encore sans se montrer : redémarrez l’ordinateur.',
    ],
  ),
  setup_never_started: entry(
    409,
    ['OBS has never been started here, so its version is not known.', 'Start OBS once, close it, and try again.'],
    [
      'OBS n’a jamais été démarré ici, sa version n’est donc pas connue.',
      'Démarrez OBS une fois, fermez-le et recommencez.',
    ],
  ),
  setup_obs_too_old: entry(
    409,
    ['OBS {version} is too old for StreamAI.', 'Update OBS to version 28 or later, start it once, and try again.'],
    [
      'OBS {version} est trop ancien pour StreamAI.',
      'Mettez OBS à jour, version 28 ou plus récente, démarrez-le une fois et recommencez.',
    ],
  ),
  setup_file_damaged: entry(
    409,
    [
      'OBS’s file “{file}” is damaged; nothing was changed.',
      'Start OBS and close it again: it writes the file anew. If that does not help, rename the file.',
    ],
    [
      'Le fichier d’OBS « {file} » est endommagé ; rien n’a été modifié.',
      'Démarrez OBS puis fermez-le : il réécrit le fichier. Si cela ne suffit pas, renommez le fichier.',
    ],
  ),
  setup_file_unreadable: entry(
    409,
    ['OBS’s file “{file}” cannot be read; nothing was changed.', 'Allow your user to read it, and try again.'],
    [
      'Le fichier d’OBS « {file} » ne peut pas être lu ; rien n’a été modifié.',
      'Autorisez votre utilisateur à le lire et recommencez.',
    ],
  ),
  setup_file_read_only: entry(
    409,
    [
      'OBS’s file “{file}” is read-only; nothing was changed.',
      'Allow it and its folder to be written (OBS needs that too), and try again.',
    ],
    [
      'Le fichier d’OBS « {file} » est en lecture seule ; rien n’a été modifié.',
      'Autorisez l’écriture du fichier et de son dossier (OBS en a besoin aussi) et recommencez.',
    ],
  ),
  setup_file_changed: entry(
    409,
    ['OBS’s file “{file}” was being changed at the same moment; nothing was changed.', 'Try again.'],
    ['Le fichier d’OBS « {file} » était modifié au même moment ; rien n’a été changé.', 'Recommencez.'],
  ),
  // Setting OBS up: what is missing, and what an undo does
  setup_websocket_on: entry(
    200,
    ['OBS’s WebSocket server is switched on, in {file}.'],
    ['Le serveur WebSocket d’OBS est activé, dans {file}.'],
  ),
  setup_websocket_password: entry(
    200,
    ['OBS’s WebSocket server asks for a password, in {file}.'],
    ['Le serveur WebSocket d’OBS demande un mot de passe, dans {file}.'],
  ),
  setup_dock_added: entry(
    200,
    ['OBS gets the dock “{title}”, in {file}.'],
    ['OBS reçoit le dock « {title} », dans {file}.'],
  ),
  setup_dock_address: entry(
    200,
    ['The dock “{title}” gets StreamAI’s present address, in {file}.'],
    ['Le dock « {title} » reçoit l’adresse actuelle de StreamAI, dans {file}.'],
  ),
  setup_dock_place: entry(
    200,
    ['The dock stands on the right of OBS’s window, {width} pixels wide.'],
    ['Le dock se place à droite de la fenêtre d’OBS, sur {width} pixels de large.'],
  ),
  setup_undo_restores: entry(
    200,
    ['{file} becomes what it was before, byte for byte.'],
    ['{file} redevient ce qu’il était, octet pour octet.'],
  ),
  setup_undo_takes_out: entry(
    200,
    ['StreamAI’s entries go from {file}; what has changed since stays.'],
    ['Les entrées de StreamAI quittent {file} ; ce qui a changé depuis reste.'],
  ),
  setup_undo_removes: entry(
    200,
    ['{file} goes: it was not there before.'],
    ['{file} disparaît : il n’existait pas avant.'],
  ),
  setup_open_server: entry(
    200,
    [
      'OBS’s WebSocket server asks for no password, and is left so.',
      'In OBS: Tools → WebSocket Server Settings → Enable Authentication.',
    ],
    [
      'Le serveur WebSocket d’OBS ne demande pas de mot de passe, et cela reste ainsi.',
      'Dans OBS : Outils → Paramètres du serveur WebSocket → Activer l’authentification.',
    ],
  ),
  setup_no_websocket: entry(
    200,
    [
      'This OBS was built without a WebSocket server.',
      'Install OBS from obsproject.com, or your system’s package for obs-websocket.',
    ],
    [
      'Cet OBS a été construit sans serveur WebSocket.',
      'Installez OBS depuis obsproject.com, ou le paquet obs-websocket de votre système.',
    ],
  ),
  setup_no_docks: entry(
    200,
    [
      'This OBS was built without browser docks.',
      'Install OBS from obsproject.com, or open the dock’s address in a browser.',
    ],
    [
      'Cet OBS a été construit sans docks de navigateur.',
      'Installez OBS depuis obsproject.com, ou ouvrez l’adresse du dock dans un navigateur.',
    ],
  ),

  // What doctor finds where no other error says it
  doctor_no_answer: entry(
    504,
    [
      'This was looked at for {seconds} seconds and gave no answer: a drive, a program or a server hangs.',
      'Disconnect what hangs (a network drive, a USB disk), or end it, and look again.',
    ],
    [
      'Pas de réponse en {seconds} secondes : un disque, un programme ou un serveur est bloqué.',
      'Déconnectez ce qui est bloqué (lecteur réseau, disque USB) ou arrêtez-le, puis recommencez.',
    ],
  ),
  doctor_check_failed: entry(
    500,
    [
      'This could not be looked at ({reason}).',
      'Look again; if it stays, send the report that “doctor --report” writes.',
    ],
    [
      'Ceci n’a pas pu être examiné ({reason}).',
      'Recommencez ; si cela persiste, envoyez le rapport que « doctor --report » écrit.',
    ],
  ),
  doctor_node_old: entry(
    500,
    [
      'Node {version} is too old for StreamAI, which needs {least} or later.',
      'Start StreamAI with its own command: it brings the Node that it needs.',
    ],
    [
      'Node {version} est trop ancien pour StreamAI, qui demande la version {least} ou plus récente.',
      'Démarrez StreamAI avec sa propre commande : elle apporte le Node qu’il lui faut.',
    ],
  ),
  doctor_node_emulated: entry(
    200,
    [
      'StreamAI runs as a program for {arch} on a computer with {machine}: it is slower and takes more power than it needs.',
      'Install the StreamAI for {machine}.',
    ],
    [
      'StreamAI tourne comme programme {arch} sur un ordinateur {machine} : c’est plus lent et consomme davantage.',
      'Installez le StreamAI pour {machine}.',
    ],
  ),
  doctor_modules_missing: entry(
    500,
    ['Parts of StreamAI are missing: {names}.', 'Install StreamAI again; in a checkout, “npm start” brings them.'],
    [
      'Il manque des parties de StreamAI : {names}.',
      'Réinstallez StreamAI ; dans une copie du dépôt, « npm start » les apporte.',
    ],
  ),
  doctor_dock_missing: entry(
    500,
    ['The dock’s page is missing from “{folder}”.', 'Install StreamAI again; in a checkout, “npm start” builds it.'],
    [
      'La page du dock manque dans « {folder} ».',
      'Réinstallez StreamAI ; dans une copie du dépôt, « npm start » la construit.',
    ],
  ),
  doctor_data_folder_missing: entry(
    200,
    ['The data folder “{folder}” is not there yet.', 'The first start makes it.'],
    ['Le dossier de données « {folder} » n’existe pas encore.', 'Le premier démarrage le crée.'],
  ),
  doctor_folder_protected: entry(
    409,
    [
      'Windows keeps StreamAI from writing into “{folder}”: Controlled Folder Access.',
      'In Windows Security: Virus & threat protection → Ransomware protection → Allow an app; or choose another folder.',
    ],
    [
      'Windows empêche StreamAI d’écrire dans « {folder} » : accès contrôlé aux dossiers.',
      'Dans Sécurité Windows : Protection contre les virus → Protection contre les ransomware → Autoriser une application ; ou choisissez un autre dossier.',
    ],
  ),
  doctor_folder_open: entry(
    409,
    [
      'Others on this computer can get at “{file}”, which holds what StreamAI keeps secret.',
      '“doctor --fix”, or the next start of StreamAI, takes that right from them.',
    ],
    [
      'D’autres utilisateurs de cet ordinateur ont accès à « {file} », qui contient ce que StreamAI garde secret.',
      '« doctor --fix », ou le prochain démarrage de StreamAI, leur retire ce droit.',
    ],
  ),
  doctor_port_other_agent: entry(
    500,
    [
      'Another StreamAI, with another data folder or of another user, has port {port}.',
      'End it, or choose another port with AGENT_PORT.',
    ],
    [
      'Un autre StreamAI, avec un autre dossier de données ou d’un autre utilisateur, occupe le port {port}.',
      'Arrêtez-le, ou choisissez un autre port avec AGENT_PORT.',
    ],
  ),
  doctor_port_reserved: entry(
    500,
    [
      'The system does not let StreamAI use port {port}.',
      'Choose another port with AGENT_PORT. On Windows “netsh int ipv4 show excludedportrange tcp” shows those that are reserved.',
    ],
    [
      'Le système n’autorise pas StreamAI à utiliser le port {port}.',
      'Choisissez un autre port avec AGENT_PORT. Sous Windows, « netsh int ipv4 show excludedportrange tcp » montre ceux qui sont réservés.',
    ],
  ),
  doctor_address_unusable: entry(
    500,
    ['This computer has no address “{host}” for StreamAI to listen at.', 'Take AGENT_HOST out of .env, or correct it.'],
    [
      'Cet ordinateur n’a pas d’adresse « {host} » où StreamAI puisse écouter.',
      'Retirez AGENT_HOST de .env, ou corrigez-le.',
    ],
  ),
  doctor_localhost_taken: entry(
    200,
    [
      'Another program has port {port} at [::1], where browsers look for localhost.',
      'Open the dock only at http://127.0.0.1:{port}.',
    ],
    [
      'Un autre programme occupe le port {port} à l’adresse [::1], où les navigateurs cherchent localhost.',
      'N’ouvrez le dock qu’à l’adresse http://127.0.0.1:{port}.',
    ],
  ),
  doctor_other_version: entry(
    200,
    ['StreamAI {running} runs, but {own} is installed.', 'Start it anew: “doctor --fix” does.'],
    [
      'StreamAI {running} fonctionne, mais la version {own} est installée.',
      'Redémarrez-le : « doctor --fix » le fait.',
    ],
  ),
  doctor_autostart_off: entry(
    200,
    [
      'StreamAI does not start with this computer: recordings wait for their upload until somebody starts it.',
      '“streamai autostart on”, or “doctor --fix”.',
    ],
    [
      'StreamAI ne démarre pas avec cet ordinateur : les enregistrements attendent d’être envoyés jusqu’à ce que quelqu’un le démarre.',
      '« streamai autostart on », ou « doctor --fix ».',
    ],
  ),
  doctor_autostart_broken: entry(
    500,
    [
      'What is to start with this computer is not there any more: {program}',
      '“streamai autostart on”, or “doctor --fix”, puts the right one there.',
    ],
    [
      'Ce qui doit démarrer avec cet ordinateur n’existe plus : {program}',
      '« streamai autostart on », ou « doctor --fix », y met le bon.',
    ],
  ),
  doctor_rows_damaged: entry(
    500,
    [
      'Stored data that could not be read whole: {count} ({names}).',
      'The recordings’ files are untouched. What was stored is kept as it was; a session that is of no use can be deleted on its card.',
    ],
    [
      'Données conservées illisibles en partie : {count} ({names}).',
      'Les fichiers des enregistrements sont intacts. Ce qui était conservé reste tel quel ; une session inutile peut être supprimée sur sa carte.',
    ],
  ),
  doctor_obs_other_configuration: entry(
    409,
    [
      'The OBS that runs has its WebSocket settings in {running}, but those of {used} are used.',
      'Close one of the two OBS, or set OBS_PORT and OBS_PASSWORD.',
    ],
    [
      'L’OBS ouvert a ses réglages WebSocket dans {running}, mais ce sont ceux de {used} qui servent.',
      'Fermez l’un des deux OBS, ou indiquez OBS_PORT et OBS_PASSWORD.',
    ],
  ),
  doctor_obs_not_running: entry(
    200,
    ['OBS does not run.', 'Start OBS; StreamAI finds it by itself.'],
    ['OBS n’est pas ouvert.', 'Démarrez OBS ; StreamAI le trouve tout seul.'],
  ),
  doctor_obs_twice: entry(
    409,
    ['OBS runs more than once: {folders}.', 'Close all but one: only one of them can have the WebSocket port.'],
    ['OBS est ouvert plusieurs fois : {folders}.', 'Fermez-les sauf un : un seul peut avoir le port WebSocket.'],
  ),
  doctor_obs_safe_mode: entry(
    409,
    [
      'OBS runs and its WebSocket server is switched on, but nothing answers at port {port}: OBS is in safe mode, or still starts.',
      'Restart OBS in normal mode. If it stays: Tools → WebSocket Server Settings, and press Apply.',
    ],
    [
      'OBS est ouvert et son serveur WebSocket activé, mais rien ne répond au port {port} : OBS est en mode sans échec, ou démarre encore.',
      'Redémarrez OBS en mode normal. Si cela persiste : Outils → Paramètres du serveur WebSocket, puis Appliquer.',
    ],
  ),
  doctor_obs_port_other: entry(
    409,
    [
      'What answers at OBS’s port {port} is not OBS.',
      'End that program, or give OBS another port (Tools → WebSocket Server Settings) and restart it.',
    ],
    [
      'Ce qui répond au port {port} d’OBS n’est pas OBS.',
      'Fermez ce programme, ou donnez un autre port à OBS (Outils → Paramètres du serveur WebSocket) et redémarrez-le.',
    ],
  ),
  doctor_obs_unreachable: entry(
    503,
    [
      'Nothing answers at {host}, port {port}, where OBS should be.',
      'Is OBS running there, with its WebSocket server on? Does that computer’s firewall let port {port} in?',
    ],
    [
      'Rien ne répond à {host}, port {port}, où OBS devrait être.',
      'OBS y est-il ouvert, avec son serveur WebSocket ? Le pare-feu de cet ordinateur laisse-t-il entrer le port {port} ?',
    ],
  ),
  doctor_obs_password_weak: entry(
    200,
    [
      'OBS’s WebSocket password can be guessed: a program that takes OBS’s port before OBS gets what it needs to try passwords as fast as it likes.',
      'In OBS: Tools → WebSocket Server Settings → Generate Password, then Apply.',
    ],
    [
      'Le mot de passe WebSocket d’OBS peut être deviné : un programme qui prend le port d’OBS avant lui obtient de quoi essayer des mots de passe aussi vite qu’il veut.',
      'Dans OBS : Outils → Paramètres du serveur WebSocket → Générer un mot de passe, puis Appliquer.',
    ],
  ),
  doctor_wayland: entry(
    200,
    [
      'OBS has no browser docks under Wayland.',
      'Open the dock in a browser (“streamai open”), or start OBS with QT_QPA_PLATFORM=xcb.',
    ],
    [
      'OBS n’a pas de docks de navigateur sous Wayland.',
      'Ouvrez le dock dans un navigateur (« streamai open »), ou démarrez OBS avec QT_QPA_PLATFORM=xcb.',
    ],
  ),
  doctor_dock_absent: entry(
    409,
    ['StreamAI’s dock is not in OBS.', 'Close OBS and run “streamai setup”; or in OBS: Docks → Custom Browser Docks….'],
    [
      'Le dock de StreamAI n’est pas dans OBS.',
      'Fermez OBS et lancez « streamai setup » ; ou dans OBS : Docks → Docks de navigateur personnalisés….',
    ],
  ),
  doctor_dock_twice: entry(
    409,
    [
      'StreamAI’s dock is in OBS more than once: {titles}.',
      'In OBS: Docks → Custom Browser Docks…, delete all but one.',
    ],
    [
      'Le dock de StreamAI est plusieurs fois dans OBS : {titles}.',
      'Dans OBS : Docks → Docks de navigateur personnalisés…, supprimez-les sauf un.',
    ],
  ),
  doctor_dock_address: entry(
    409,
    [
      'OBS’s dock “{title}” has an old address: its port or its token is another one now.',
      'Close OBS and run “streamai setup”; or copy the address that “streamai token” shows into Docks → Custom Browser Docks….',
    ],
    [
      'Le dock « {title} » d’OBS a une ancienne adresse : le port ou le jeton a changé.',
      'Fermez OBS et lancez « streamai setup » ; ou copiez l’adresse que « streamai token » affiche dans Docks → Docks de navigateur personnalisés….',
    ],
  ),
  doctor_dock_other_file: entry(
    409,
    ['StreamAI’s dock stands in {file}, but this version of OBS reads {right}.', 'Close OBS and run “streamai setup”.'],
    [
      'Le dock de StreamAI est dans {file}, mais cette version d’OBS lit {right}.',
      'Fermez OBS et lancez « streamai setup ».',
    ],
  ),
  doctor_recording_folder_missing: entry(
    409,
    [
      'The folder for recordings, “{folder}”, is not there.',
      'Connect its drive, make the folder, or choose another one in OBS: Settings → Output → Recording Path.',
    ],
    [
      'Le dossier des enregistrements, « {folder} », n’existe pas.',
      'Connectez son disque, créez le dossier, ou choisissez-en un autre dans OBS : Paramètres → Sortie → Chemin d’accès de l’enregistrement.',
    ],
  ),
  doctor_disk_nearly_full: entry(
    409,
    [
      'The disk of “{folder}” is nearly full: there is room for about {minutes} minutes of recording.',
      'Make room, or choose a folder on another disk in OBS: Settings → Output → Recording Path.',
    ],
    [
      'Le disque de « {folder} » est presque plein : il reste de la place pour environ {minutes} minutes d’enregistrement.',
      'Libérez de la place, ou choisissez un dossier sur un autre disque dans OBS : Paramètres → Sortie → Chemin d’accès de l’enregistrement.',
    ],
  ),
  doctor_recording_network: entry(
    200,
    [
      'OBS records into “{folder}”, on another computer: when the network halts, so does the recording.',
      'Record onto a disk of this computer; StreamAI uploads from there.',
    ],
    [
      'OBS enregistre dans « {folder} », sur un autre ordinateur : si le réseau s’arrête, l’enregistrement aussi.',
      'Enregistrez sur un disque de cet ordinateur ; StreamAI envoie depuis là.',
    ],
  ),
  doctor_recording_cloud: entry(
    200,
    [
      'OBS records into “{folder}”, which another program copies to a cloud: it slows the recording and can move its files away.',
      'Choose a folder outside of it in OBS: Settings → Output → Recording Path.',
    ],
    [
      'OBS enregistre dans « {folder} », qu’un autre programme copie dans un nuage : cela ralentit l’enregistrement et peut déplacer ses fichiers.',
      'Choisissez un autre dossier dans OBS : Paramètres → Sortie → Chemin d’accès de l’enregistrement.',
    ],
  ),
  doctor_format_fragile: entry(
    200,
    [
      'OBS records {format}: when OBS or the computer crashes, the whole file is lost.',
      'In OBS: Settings → Output → Recording Format: MKV, or hybrid MP4 or MOV.',
    ],
    [
      'OBS enregistre en {format} : si OBS ou l’ordinateur plante, tout le fichier est perdu.',
      'Dans OBS : Paramètres → Sortie → Format d’enregistrement : MKV, ou MP4 ou MOV hybride.',
    ],
  ),
  doctor_shared_encoder: entry(
    200,
    [
      'The recording uses the stream’s encoder: it cannot be paused.',
      'In OBS: Settings → Output → Recording Quality, another one than “Same as stream”.',
    ],
    [
      'L’enregistrement utilise l’encodeur du stream : il ne peut pas être mis en pause.',
      'Dans OBS : Paramètres → Sortie → Qualité de l’enregistrement, une autre que « Identique au stream ».',
    ],
  ),
  doctor_auto_remux: entry(
    200,
    [
      'OBS makes a second file of every recording (automatic remux): it takes twice the room, and StreamAI uploads the first.',
      'In OBS: Settings → Advanced → Recording → Automatically remux: off.',
    ],
    [
      'OBS fait un second fichier de chaque enregistrement (remux automatique) : il prend deux fois la place, et StreamAI envoie le premier.',
      'Dans OBS : Paramètres → Avancé → Enregistrement → Remux automatique : désactivé.',
    ],
  ),
  doctor_files_lost: entry(
    409,
    [
      'Files of recordings that have not been uploaded are gone: {count}, such as “{file}”.',
      'Put them back where they were, then upload again; or delete their sessions.',
    ],
    [
      'Des fichiers d’enregistrements jamais envoyés ont disparu : {count}, comme « {file} ».',
      'Remettez-les à leur place, puis envoyez-les ; ou supprimez leurs sessions.',
    ],
  ),
  doctor_files_moved: entry(
    200,
    [
      'Files of recordings are not where they were: {count}, such as “{file}”. They have been uploaded.',
      'Nothing has to be done, unless they are to be uploaded again: then put them back.',
    ],
    [
      'Des fichiers d’enregistrements ne sont plus à leur place : {count}, comme « {file} ». Ils ont été envoyés.',
      'Il n’y a rien à faire, sauf pour les envoyer à nouveau : remettez-les alors à leur place.',
    ],
  ),
  doctor_env_utf16: entry(
    200,
    [
      '“{file}” is saved as UTF-16. StreamAI can read it; other programs may not.',
      'Save it as UTF-8. In PowerShell: Set-Content -Encoding utf8.',
    ],
    [
      '« {file} » est enregistré en UTF-16. StreamAI sait le lire ; d’autres programmes peut-être pas.',
      'Enregistrez-le en UTF-8. Dans PowerShell : Set-Content -Encoding utf8.',
    ],
  ),
  doctor_env_open: entry(
    200,
    [
      'Other users of this computer can read the passwords and keys in “{file}”.',
      'Take that right from them: chmod 600.',
    ],
    [
      'D’autres utilisateurs de cet ordinateur peuvent lire les mots de passe et les clés de « {file} ».',
      'Retirez-leur ce droit : chmod 600.',
    ],
  ),
  doctor_env_note: entry(200, ['{text}'], ['{text}']),
  doctor_env_wins: entry(
    200,
    [
      'The environment or .env sets {names}: what was chosen in the dock does not count.',
      'Take them out there to use the dock’s.',
    ],
    [
      'L’environnement ou .env fixe {names} : ce qui a été choisi dans le dock ne compte pas.',
      'Retirez-les là pour utiliser ceux du dock.',
    ],
  ),
  doctor_proxy: entry(
    200,
    [
      'Uploads go through the proxy {names}.',
      'If that is not meant, take HTTP_PROXY and HTTPS_PROXY out of the environment and .env, or set NO_PROXY.',
    ],
    [
      'Les envois passent par le proxy {names}.',
      'Si ce n’est pas voulu, retirez HTTP_PROXY et HTTPS_PROXY de l’environnement et de .env, ou utilisez NO_PROXY.',
    ],
  ),
  doctor_clock: entry(
    409,
    [
      'This computer’s clock is {minutes} minutes away from that of Object Storage, which refuses more than 15.',
      'Set the clock (automatic time).',
    ],
    [
      'L’horloge de cet ordinateur a {minutes} minutes d’écart avec celle du stockage objet, qui en refuse plus de 15.',
      'Réglez l’horloge (heure automatique).',
    ],
  ),
  doctor_uploads_failed: entry(
    409,
    [
      'Uploads have failed: {count}, such as “{file}”. {reason}',
      'Mend that, then press Retry on its card, or “streamai upload SESSION”.',
    ],
    [
      'Des envois ont échoué : {count}, comme « {file} ». {reason}',
      'Corrigez cela, puis appuyez sur Réessayer sur sa carte, ou « streamai upload SESSION ».',
    ],
  ),
  doctor_uploads_waiting: entry(
    200,
    [
      'Uploads wait for their next attempt: {count}, such as “{file}”. {reason}',
      'They go on by themselves once that is over.',
    ],
    [
      'Des envois attendent leur prochain essai : {count}, comme « {file} ». {reason}',
      'Ils reprennent tout seuls dès que c’est passé.',
    ],
  ),
} as const satisfies Record<string, ErrorEntry>;
