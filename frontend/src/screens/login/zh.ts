const zh = {
  login: {
    title: '登录',
    username: '用户名',
    password: '密码',
    show: '显示密码',
    hide: '隐藏密码',
    submit: '登录',
    busy: '正在登录…',
    wrong: '用户名或密码不正确。',
    missing: '请输入用户名和密码。',
    demo: '演示城市：点击任一身份即可登录',
    demoPassword: '演示密码',
    report: '市民上报（无需登录）',
    lead: '一屏看全城，一单管到底。',
  },
}
export default zh
