"""What people type about how they are told."""

from __future__ import annotations

from django import forms

from zerentian.messages.models import Channel


class AddressesForm(forms.Form):
    """Where one is reached; named by the channels."""

    email = forms.EmailField(
        label=Channel.EMAIL.label, required=False, max_length=254, help_text="留空则不用邮件接收"
    )
    wecom_app = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$",
        label="企业微信账号",
        required=False,
        help_text="通讯录里的“账号”，不是微信号；留空则不用企业微信接收",
        error_messages={"invalid": "只能用字母、数字和 _ . @ -"},
    )


class EmailChannelForm(forms.Form):
    """A town's use of e-mail; the server is named by the environment."""

    is_on = forms.BooleanField(label="开启", required=False, help_text="邮件服务器由运维人员设置")


class ApplicationForm(forms.Form):
    """The corporation and its application."""

    is_on = forms.BooleanField(label="开启", required=False)
    corp_id = forms.RegexField(
        r"^[A-Za-z0-9_-]{1,64}$", label="企业 ID", required=False, help_text="管理后台“我的企业”页底部"
    )
    agent_id = forms.RegexField(
        r"^[0-9]{1,12}$", label="应用 ID（AgentId）", required=False, help_text="管理后台的应用详情页"
    )


class RobotForm(forms.Form):
    """The robot of a town's group."""

    is_on = forms.BooleanField(label="开启", required=False)
    key = forms.CharField(
        label="机器人密钥",
        required=False,
        max_length=300,
        help_text="Webhook 地址里 key= 后面的部分，也可以粘贴整个地址；留空则保持不变",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_key(self) -> str:
        """The key alone, of an address too."""
        key = str(self.cleaned_data["key"]).strip().rpartition("key=")[2].partition("&")[0]
        if key and not all(mark.isascii() and (mark.isalnum() or mark == "-") for mark in key):
            raise forms.ValidationError("密钥只含字母、数字和 -")
        return key


CHANNEL_FORMS: dict[str, type[forms.Form]] = {
    Channel.EMAIL.value: EmailChannelForm,
    Channel.WECOM_APP.value: ApplicationForm,
    Channel.WECOM_ROBOT.value: RobotForm,
}
