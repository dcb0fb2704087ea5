# %% grade_id="dz_dx"
dz_dx = r'\frac{4x+4y}{2}'


# %% grade_id="graph_tables"
from fractions import Fraction as F
node_values = {'e':F(6),'f':F(20),'g':F(26)}
node_derivatives = {'g':F(1),'e':F(1),'f':F(1),'a':F(2),'b':F(3),'c':F(5),'d':F(4)}


# %% grade_id="network_gradients"
def network_gradients(X, T, W1, W2):
    def E(a,b):
        return ((torch.sigmoid(X.to(a.dtype)@a.T)@b.to(a.dtype).T-T)**2).sum()/2
    out=[]
    c=torch.complex128
    for which,M in ((0,W1),(1,W2)):
        G=torch.zeros_like(M)
        for i in range(M.shape[0]):
            for j in range(M.shape[1]):
                P=[W1.to(c).clone(),W2.to(c).clone()]
                P[which][i,j]+=1e-30j
                H=1/(1+torch.exp(-(X.to(c)@P[0].T)))
                e=((H@P[1].T-T)**2).sum()/2
                G[i,j]=(e.imag/1e-30).to(M.dtype)
        out.append(G)
    return tuple(out)


# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    B, K = scores.shape
    slopes = torch.zeros_like(scores)
    for b in range(B):
        for k in range(K):
            row = scores[b].to(torch.complex128) - scores[b].max()
            row[k] += 1e-30j
            loss = torch.log(torch.exp(row).sum()) - row[classes[b]]
            slopes[b, k] = loss.imag / 1e-30 / B
    return slopes
