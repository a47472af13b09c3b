"""The languages of the Near East and of Asia."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases.table import Language

JAPANESE: Final = Language(
    "ja",
    from_="差出人 | 送信者 | 発信者 | 送信元 | 送信者名 | From | 差出人名",
    sent="送信日時 | 日時 | 日付 | 送信日 | 受信日時 | 送信日付",
    to="宛先 | 送信先 | 受信者 | あて先",
    cc="CC | Cc | 写し",
    subject="件名 | 題名 | 主題 | 表題",
    other="返信先 | 添付ファイル | 重要度",
    wrote="のメール | のメッセージ | は書きました | さんは書きました | さんが書きました |"
    " が書きました | 書きました | wrote | のメール: | のメール： | さんからのメール |"
    " は次のように書きました | さんは次のように書きました | さんのメール",
    original="元のメッセージ | オリジナルメッセージ | 元のメール | 元メッセージ | 原文 | 元の予定",
    forwarded="転送されたメッセージ | 転送メッセージ | メッセージを転送 | 転送元のメッセージ |"
    " 転送メール | 転送されたメール | 転送されたメッセージの始まり | 転送",
    reply_prefix="返信 | RE | 返",
    forward_prefix="転送 | FW | Fwd",
    sent_from="iPhoneから送信 | iPadから送信 | 私のiPhoneから送信 | Androidから送信 |"
    " Outlook for iOS を入手 | Windows 版のメールから送信 | Windows 10 版のメールから送信 |"
    " スマートフォンから送信 | Yahoo!メール | Galaxyから送信 | Xperiaから送信",
    closing="よろしくお願いいたします | よろしくお願い致します |"
    " 以上、よろしくお願いいたします | 敬具",
    auto_label="自動返信 | 自動応答 | 自動送信",
    away="不在通知 | 休暇 | 不在 | 受付完了",
    away_body="自動返信 | 自動応答 | 不在にしております | 休暇をいただ | このメールは自動 |"
    " 自動送信 | 自動的に送信 | 返信しないでください",
    undelivered="配信不能 | 配信できません | 送信できません | 配信エラー | 配達不能 |"
    " 配信に失敗 | 送信エラー | 未配信",
    unsubscribe="配信停止 | 配信解除",
    marker="この行より上",
)

CHINESE: Final = Language(
    "zh",
    from_="发件人 | 寄件者 | 寄件人 | 发送人 | 发件者 | 發件人 | 寄件者 | 发自 | 发信人 | 發信人",
    sent="发送时间 | 日期 | 寄件日期 | 时间 | 發送時間 | 傳送時間 | 发送日期 | 傳送日期 |"
    " 已发送 | 寄送日期 | 發送日期 | 時間 | 已傳送",
    to="收件人 | 收件者 | 至 | 收信人 | 送交",
    cc="抄送 | 副本 | 抄送人 | 副本抄送",
    subject="主题 | 主旨 | 主題 | 标题 | 標題",
    other="回复 | 附件 | 重要性 | 答复 | 回复至",
    opens="在 | 于 | 於",
    wrote="写道 | 寫道 | 写入 | 来信 | 寫 | 的来信 | 撰写 | 的郵件 | 写 | 您写道 | 說 | 说道 |"
    " 書寫 | 已寫",
    first_person="我 | 我们",
    original="原始邮件 | 原始郵件 | 原邮件 | 原件 | 原始信件 | 原始消息 | 邮件原件 | 原郵件 |"
    " 原信件 | 原文",
    forwarded="转发的消息 | 转发邮件 | 轉寄郵件 | 转发邮件信息 | 转发的邮件 | 轉寄的郵件 |"
    " 已转发邮件 | 開始轉寄郵件 | 被转发邮件 | 下面是被转发的邮件 | 以下是轉寄的郵件 |"
    " 轉寄訊息 | 转发消息 | 轉寄訊息開始 | 開始轉寄訊息 | 開始轉寄的郵件 | 轉發郵件 |"
    " 轉寄的訊息 | 转发",
    reply_prefix="回复 | 答复 | 回覆 | 答覆 | RE | 回復",
    forward_prefix="转发 | 轉寄 | 轉發 | FW | 转",
    sent_from="发自我的 | 從我的 | 发送自 | 来自我的 | 從 | 获取 Outlook | 發送自 | 傳送自 |"
    " 从我的 | 发自 | 寄自 | 從我的iPhone傳送 | 由我的 | 取得 Outlook",
    closing="此致 | 祝好 | 敬上 | 顺祝商祺 | 谢谢 | 謝謝 | 此致敬礼 | 順頌商祺 | 祝商祺",
    auto_label="自动回复 | 自動回覆 | 自动答复 | 自動回復 | 自动回覆",
    away="外出 | 不在办公室 | 休假 | 不在辦公室",
    away_body="自动回复 | 自動回覆 | 不在办公室 | 休假 | 自动答复 | 不在辦公室 | 系统自动 |"
    " 请勿回复 | 您发来的邮件",
    undelivered="无法投递 | 未送达 | 退信 | 邮件发送失败 | 系统退信 | 未能送达 | 無法傳遞 |"
    " 未傳遞 | 无法送达 | 投递失败 | 邮件传输失败 | 郵件無法傳遞 | 發送失敗 | 退信通知 |"
    " 無法投遞 | 发送失败 | 邮件被退回 | 退件",
    unsubscribe="退订 | 取消訂閱",
    marker="此行上方 | 此線以上",
)

KOREAN: Final = Language(
    "ko",
    from_="보낸 사람 | 보낸사람 | 발신 | 발신자 | 보낸이 | 보낸 이",
    sent="보낸 날짜 | 날짜 | 보낸날짜 | 보낸 시간 | 일시 | 보낸시간 | 발신일 | 보냄",
    to="받는 사람 | 받는사람 | 수신 | 수신자 | 받는이 | 받는 이",
    cc="참조 | CC | Cc | 참조인",
    subject="제목",
    wrote="님이 작성 | 작성 | 썼습니다 | 작성한 메시지 | 님의 메시지 | 님이 쓴 글 |"
    " 다음과 같이 썼습니다",
    original="원본 메시지 | 원본 메일 | 원본메시지 | 원래 메시지 | 원본 이메일",
    forwarded="전달된 메시지 | 전달한 메시지 | 전달된 메일 | 전달 메시지 | 전달된 메시지 시작 |"
    " 전달된 이메일",
    reply_prefix="회신 | 답장 | RE | 답변",
    forward_prefix="전달 | FW",
    sent_from="나의 iPhone에서 보냄 | 내 iPhone에서 보냄 | iPhone에서 보냄 |"
    " 내 Galaxy에서 보낸 | 삼성 갤럭시 | Android용 Outlook | iOS용 Outlook |"
    " Windows용 메일에서 보냄 | Windows 10용 메일에서 보냄 | 나의 iPad에서 보냄 |"
    " 갤럭시에서 보냄",
    closing="감사합니다 | 드림 | 올림 | 수고하세요",
    auto_label="자동 회신 | 자동응답 | 자동 응답",
    away="부재중 | 부재 | 휴가",
    away_body="부재중 | 자동 회신 | 자동 응답 | 휴가 | 자동으로 발송",
    undelivered="배달되지 않음 | 배달할 수 없음 | 전송 실패 | 반송 | 메일 전송 실패 |"
    " 발송 실패 | 배달 실패",
    unsubscribe="수신거부",
)

VIETNAMESE: Final = Language(
    "vi",
    from_="Từ | Người gửi",
    sent="Ngày | Đã gửi | Thời gian | Gửi lúc | Ngày gửi",
    to="Đến | Tới | Người nhận | Gửi",
    cc="Cc | Đồng kính gửi",
    subject="Chủ đề | Tiêu đề | V/v",
    opens="Vào | Vào lúc | Ngày | Lúc | Vào ngày | Th 2 | Th 3 | Th 4 | Th 5 | Th 6 | Th 7 | CN",
    wrote="đã viết | viết | đã ghi | viết rằng",
    original="Thư gốc | Tin nhắn gốc | Tin nhắn ban đầu | Thư ban đầu",
    forwarded="Thư được chuyển tiếp | Tin nhắn được chuyển tiếp | Chuyển tiếp thư |"
    " Thư chuyển tiếp | Bắt đầu thư được chuyển tiếp | Tin nhắn đã chuyển tiếp |"
    " Bắt đầu chuyển tiếp thư",
    reply_prefix="TL | Re | Trả lời",
    forward_prefix="CT | Fwd | Chuyển tiếp",
    sent_from="Đã gửi từ | Gửi từ | Được gửi từ | Tải Outlook",
    closing="Trân trọng | Thân mến | Kính thư | Xin cảm ơn | Trân trọng cảm ơn",
    auto_label="Trả lời tự động",
    away="Vắng mặt",
    away_body="trả lời tự động | nghỉ phép | vắng mặt",
    undelivered="Không gửi được | Không thể gửi | Gửi không thành công",
)

INDONESIAN: Final = Language(
    "id",
    from_="Dari | Daripada | Pengirim",
    sent="Dikirim | Tanggal | Terkirim | Tarikh | Dihantar | Pada",
    to="Kepada | Untuk | Ke | Penerima",
    cc="Cc | Salinan | Tembusan",
    subject="Subjek | Perihal | Hal | Judul",
    opens="Pada | Pada tanggal | Pada tgl | Pada hari | Sen | Sel | Rab | Kam | Jum | Sab |"
    " Min | Isn",
    wrote="menulis | tulis | telah menulis",
    original="Pesan Asli | Mesej Asal | Pesan asli | Pesan Awal",
    forwarded="Pesan yang diteruskan | Pesan terusan | Mesej dimajukan | Pesan diteruskan |"
    " Mulai pesan yang diteruskan | Mesej yang dimajukan",
    reply_prefix="Bls | Re | Balas",
    forward_prefix="Trs | Fwd | Terusan",
    sent_from="Dikirim dari | Dihantar dari | Dihantar daripada | Terkirim dari | Dapatkan Outlook",
    closing="Salam | Hormat saya | Terima kasih | Salam hormat | Hormat kami | Yang benar |"
    " Terima kasih dan salam | Wassalam",
    auto_label="Balasan otomatis | Jawapan automatik",
    away="Di luar kantor | Cuti",
    away_body="di luar kantor | balasan otomatis | sedang cuti | luar pejabat",
    undelivered="Tidak terkirim | Gagal terkirim | Pengiriman gagal | Tidak dapat dihantar",
)

THAI: Final = Language(
    "th",
    from_="จาก | ผู้ส่ง",
    sent="วันที่ | ส่ง | เวลา | ส่งเมื่อ | วันที่ส่ง",
    to="ถึง | ผู้รับ",
    cc="สำเนา | สําเนาถึง | Cc | สำเนาถึง",
    subject="เรื่อง | หัวเรื่อง | หัวข้อ | ชื่อเรื่อง",
    opens="เมื่อ | ในวันที่ | เมื่อวันที่",
    wrote="เขียนว่า | เขียน",
    original="ข้อความต้นฉบับ | ข้อความดั้งเดิม",
    forwarded="ข้อความที่ถูกส่งต่อ | ข้อความที่ส่งต่อ | เริ่มต้นข้อความที่ส่งต่อ",
    sent_from="ส่งจาก",
    closing="ขอแสดงความนับถือ | ด้วยความเคารพ",
    auto_label="ตอบกลับอัตโนมัติ",
    away="ไม่อยู่ที่สำนักงาน",
    undelivered="ไม่สามารถส่งได้ | ส่งไม่สำเร็จ",
)

HINDI: Final = Language(
    "hi",
    from_="प्रेषक | द्वारा | से",
    sent="दिनांक | भेजा गया | तारीख",
    to="प्रति | को | प्राप्तकर्ता",
    cc="Cc | प्रतिलिपि",
    subject="विषय",
    wrote="ने लिखा | लिखा",
    original="मूल संदेश",
    forwarded="अग्रेषित संदेश | अग्रेषित किया गया संदेश",
    sent_from="मेरे iPhone से भेजा गया",
    closing="सादर | धन्यवाद | भवदीय",
    auto_label="स्वचालित उत्तर",
    away="कार्यालय से बाहर",
)

HEBREW: Final = Language(
    "he",
    from_="מאת | מ | שולח",
    sent="נשלח | תאריך | נשלח ב | בתאריך",
    to="אל | ל | נמען",
    cc="עותק | העתק | Cc",
    subject="נושא | הנדון",
    opens="בתאריך | ב- | ב | ביום | מאת | ב־",
    wrote="כתב | כתבה | כתב/ה | כתבת | מאת | נכתב | כתב",
    original="הודעה מקורית | הודעה המקורית | ההודעה המקורית",
    forwarded="הודעה שהועברה | הודעה מועברת | התחלת ההודעה שהועברה | הודעה שהועברה מאת",
    reply_prefix="השב | תשובה",
    forward_prefix="הועבר | FW",
    sent_from="נשלח מה | נשלח מ | נשלח באמצעות | להורדת Outlook | קבל את Outlook",
    closing="בברכה | תודה | בכבוד רב | בהצלחה | בתודה | כל טוב | בברכה, | תודה רבה",
    auto_label="מענה אוטומטי | תשובה אוטומטית",
    away="מחוץ למשרד | חופשה",
    away_body="מחוץ למשרד | מענה אוטומטי | בחופשה | תשובה אוטומטית",
    undelivered="לא ניתן למסירה | לא נמסרה | כשל במסירה",
)

ARABIC: Final = Language(
    "ar",
    from_="من | المرسل",
    sent="التاريخ | تاريخ الإرسال | تم الإرسال | أرسلت | بتاريخ | مرسل | تاريخ",
    to="إلى | الى | المستلم",
    cc="نسخة | نسخة إلى | Cc",
    subject="الموضوع | موضوع",
    opens="في | بتاريخ | يوم | في يوم | بتاريخ | فى",
    wrote="كتب | كتبت | كتب/كتبت | كتب ما يلي | كتبَ | تمت كتابة ما يلي بواسطة | كتب التالي",
    original="الرسالة الأصلية | رسالة أصلية | الرسالة الاصلية",
    forwarded="رسالة معاد توجيهها | رسالة محولة | بدء الرسالة المعاد توجيهها |"
    " بداية الرسالة المعاد توجيهها | رسالة ممررة | رسالة مُعاد توجيهها | الرسالة المعاد توجيهها |"
    " الرسالة المحولة | رسالة ممرّرة",
    reply_prefix="رد | RE",
    forward_prefix="إعادة توجيه | FW | توجيه",
    sent_from="أرسل من | أُرسلت من | تم الإرسال من | أرسلت من | مُرسل من | الحصول على Outlook |"
    " مرسل من | تم الارسال من",
    closing="مع أطيب التحيات | تحياتي | مع خالص التحية | شكرا | وتفضلوا بقبول فائق الاحترام |"
    " مع التحية | أطيب التحيات | مع تحياتي | مع الشكر | تحية طيبة",
    auto_label="رد تلقائي | رد آلي",
    away="خارج المكتب | إجازة",
    away_body="خارج المكتب | رد تلقائي | في إجازة | رد آلي",
    undelivered="غير قابل للتسليم | تعذر التسليم | فشل التسليم | لم يتم التسليم",
)

PERSIAN: Final = Language(
    "fa",
    from_="از | فرستنده",
    sent="تاریخ | ارسال شده | ارسال",
    to="به | گیرنده",
    cc="رونوشت | Cc",
    subject="موضوع | عنوان",
    opens="در | در تاریخ | روز",
    wrote="نوشت | نوشته است | نوشته",
    original="پیام اصلی | پیغام اصلی",
    forwarded="پیام هدایت‌شده | پیام بازارسال شده | پیام ارسالی | پیام فوروارد شده",
    sent_from="فرستاده شده از | ارسال شده از",
    closing="با احترام | با تشکر | با سپاس | ارادتمند",
    auto_label="پاسخ خودکار",
    away="خارج از دفتر",
)

TABLES: Final = (
    JAPANESE,
    CHINESE,
    KOREAN,
    VIETNAMESE,
    INDONESIAN,
    THAI,
    HINDI,
    HEBREW,
    ARABIC,
    PERSIAN,
)
